import { GraphiQL, HISTORY_PLUGIN } from 'graphiql'
import { explorerPlugin } from '@graphiql/plugin-explorer'
import { StrictMode, useEffect, useMemo, useState } from 'react'
import { createRoot } from 'react-dom/client'
import 'graphiql/setup-workers/vite'
import '@graphiql/react/style.css'
import '@graphiql/plugin-doc-explorer/style.css'
import '@graphiql/plugin-history/style.css'
import '@graphiql/plugin-explorer/style.css'
import 'graphiql/graphiql.css'
import './page.css'
import { EXAMPLES_PLUGIN, ExamplesProvider } from './examples.jsx'
import { ask } from './gateway.js'
import { TokenBar, rememberToken, rememberedToken } from './token.jsx'

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin(), EXAMPLES_PLUGIN]
const FIRST_WORDS = '# Choose an example on the left,\n# or write an operation here.\n# Ctrl-Enter runs it.\n'

/** Without a token the page works and asks nothing: GraphiQL takes a null schema as "do not introspect". */
function Page() {
  const [token, setToken] = useState(rememberedToken)
  const [refusal, setRefusal] = useState(null)
  const useToken = (next) => {
    rememberToken(next)
    setRefusal(null)
    setToken(next)
  }
  // A new token is a new fetcher, and a new fetcher makes GraphiQL read the schema again.
  const fetcher = useMemo(() => (params, { headers } = {}) => ask(params, { token, headers, onRefusal: setRefusal }), [token])
  return (
    <>
      <TokenBar token={token} refusal={refusal} onToken={useToken} />
      <main>
        <ExamplesProvider>
          <GraphiQL
            fetcher={fetcher}
            schema={token ? undefined : null}
            plugins={PLUGINS}
            visiblePlugin={EXAMPLES_PLUGIN}
            defaultQuery={FIRST_WORDS}
            defaultEditorToolsVisibility="variables"
            shouldPersistHeaders={false}
            schemaDescription
            inputValueDeprecation
          >
            <GraphiQL.Logo>GraphiQL</GraphiQL.Logo>
          </GraphiQL>
        </ExamplesProvider>
      </main>
    </>
  )
}

createRoot(document.getElementById('page')).render(<StrictMode><Page /></StrictMode>)
