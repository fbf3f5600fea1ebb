import { useState } from 'react'

const KEY = 'earmark.token'
const NO_TOKEN = <>Paste a token: <code>earmark serve</code> printed one for each role, <code>earmark token</code> prints more.</>

/** Session storage is gone with the browser tab; local storage would keep the token on the disk. */
export const rememberedToken = () => sessionStorage.getItem(KEY) ?? ''

export function rememberToken(token) {
  if (token) sessionStorage.setItem(KEY, token)
  else sessionStorage.removeItem(KEY)
}

/** The bar at the top: a form while there is no token, the token's holder while there is one, and any refusal. */
export function TokenBar({ token, refusal, onToken }) {
  return (
    <header className="graphiql-container earmark-bar">
      <strong>Earmark</strong>
      {token ? <button type="button" onClick={() => onToken('')}>Forget the token</button> : <TokenForm onToken={onToken} />}
      <p role="status" className={refusal ? 'earmark-refusal' : undefined}>{refusal ?? (token ? holderOf(token) : NO_TOKEN)}</p>
    </header>
  )
}

/** A text field with dots for letters: for a password field the browser would offer to keep the token. */
function TokenForm({ onToken }) {
  const [text, setText] = useState('')
  const token = bare(text)
  const submit = (event) => {
    event.preventDefault()
    if (token) onToken(token)
  }
  return (
    <form onSubmit={submit}>
      <label htmlFor="token">Token</label>
      <input
        id="token" autoComplete="off" autoCapitalize="off" spellCheck={false} size={36}
        value={text} onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" disabled={!token}>Use it</button>
    </form>
  )
}

/** The token alone, however it was copied: with "Bearer", quotes or line breaks. */
const bare = (text) => text.replace(/^\s*"?(authorization:)?\s*(bearer\s)?/i, '').replace(/["\s]/g, '')

/** Who the token says it is for. Only a reading aid: the gateway alone judges the token. */
function holderOf(token) {
  try {
    const claims = claimsOf(token)
    const roles = [claims.roles ?? []].flat().join(', ')
    const until = claims.exp && `until ${new Date(claims.exp * 1000).toLocaleString()}`
    return [`Token of ${claims.sub ?? 'nobody named'}`, roles, until].filter(Boolean).join(' · ')
  } catch {
    return 'Token in use'
  }
}

function claimsOf(token) {
  const bytes = atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))))
}
