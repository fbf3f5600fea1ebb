import { useGraphiQL, useGraphiQLActions } from '@graphiql/react'
import { createContext, useContext, useEffect, useState } from 'react'

const ADDRESS = '/graphiql/examples.json'
const Shelf = createContext(null)

export const EXAMPLES_PLUGIN = { title: 'Examples', icon: ExamplesIcon, content: Examples }

/** The shelf is read once for the page, so that hiding and showing the panel asks nothing again. */
export function ExamplesProvider({ children }) {
  const [shelf, setShelf] = useState({ examples: [], note: 'Reading the examples…' })
  useEffect(() => void readShelf().then(setShelf), [])
  return <Shelf value={shelf}>{children}</Shelf>
}

async function readShelf() {
  try {
    const response = await fetch(ADDRESS, { credentials: 'omit' })
    if (!response.ok) return empty(`${ADDRESS} answered ${response.status}`)
    const examples = await response.json()
    return examples.length ? { examples, note: null } : empty(`${ADDRESS} is empty`)
  } catch (error) {
    return empty(`${ADDRESS}: ${error.message}`)
  }
}

const empty = (why) => ({ examples: [], note: `No examples (${why}).` })

function Examples() {
  const { examples, note } = useContext(Shelf)
  const open = useOpen()
  return (
    <section className="earmark-examples" aria-label="Examples">
      <h2>Examples</h2>
      <p>{note ?? 'Each opens in a new tab with its variables. Ctrl-Enter runs it.'}</p>
      {groupsOf(examples).map(([group, members]) => <Group key={group} group={group} members={members} onOpen={open} />)}
    </section>
  )
}

function Group({ group, members, onOpen }) {
  return (
    <>
      <h3>{group}</h3>
      <ul>
        {members.map((example) => (
          <li key={example.title}><button type="button" onClick={() => onOpen(example)}>{example.title}</button></li>
        ))}
      </ul>
    </>
  )
}

function groupsOf(examples) {
  const groups = new Map()
  for (const example of examples) groups.set(example.group, [...(groups.get(example.group) ?? []), example])
  return [...groups]
}

/** Opens an example in a new tab. The editors must be told too: a tab alone does not change what they show. */
function useOpen() {
  const { addTab, updateActiveTabValues } = useGraphiQLActions()
  const { queryEditor, variableEditor } = useGraphiQL(({ queryEditor, variableEditor }) => ({ queryEditor, variableEditor }))
  return ({ query, variables }) => {
    const written = variables && Object.keys(variables).length ? JSON.stringify(variables, null, 2) : ''
    addTab()
    updateActiveTabValues({ query, variables: written })
    queryEditor?.setValue(query)
    variableEditor?.setValue(written)
    queryEditor?.focus()
  }
}

function ExamplesIcon(props) {
  return (
    <svg viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" {...props}>
      <path d="M2 17.5h16M4 15V4.5M8 15V3M12 15V4.5M14.5 4.8 18 15" />
    </svg>
  )
}
