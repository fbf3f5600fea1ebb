const REFUSED = {
  401: 'The gateway did not accept this token (401). It may be too old or of another gateway. For a new one run: earmark token',
  403: 'The gateway does not allow this to the token (403). Use the token of another role.',
}

/** The gateway's answer to one operation; `onRefusal` hears why the token was refused, or null. */
export async function ask(params, { token, headers, onRefusal }) {
  const response = await posted(params, allHeaders(token, headers))
  onRefusal((token && REFUSED[response.status]) || null)
  return answerOf(response)
}

async function posted(params, headers) {
  try {
    return await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(params), credentials: 'omit' })
  } catch (error) {
    throw failure(`The gateway does not answer at ${location.origin} (${error.message}). Is earmark serve running?`)
  }
}

/** A header written in the editor wins over the token of the form. */
function allHeaders(token, written) {
  const headers = new Headers({ 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json' })
  if (token) headers.set('authorization', `Bearer ${token}`)
  for (const [name, value] of Object.entries(written ?? {})) headers.set(name, value)
  return headers
}

async function answerOf(response) {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    const kind = response.headers.get('content-type') ?? 'no content type'
    throw failure(`The gateway answered ${response.status} with ${kind}, which is not JSON: ${text.slice(0, 500)}`)
  }
}

/** An error that GraphiQL shows as its words alone, without the places in its own code. */
const failure = (message) => Object.assign(new Error(message), { stack: undefined })
