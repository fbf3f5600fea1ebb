import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const WANTED = /^(licen[cs]e|copying|notice|third-?party-?notices)/i
const LINE = '='.repeat(100)

// These packages come without a licence file: their text is that of the package from the same repository or author.
const TEXT_IS_OF = {
  '@graphiql/plugin-doc-explorer': 'graphiql',
  '@graphiql/plugin-explorer': 'graphiql',
  '@graphiql/plugin-history': 'graphiql',
  'react-compiler-runtime': 'react',
  'react-remove-scroll-bar': 'react-remove-scroll',
}

/** Two plugins: one notes the packages whose code is in the page or its workers, one writes their licences. */
export function licences(fileName) {
  const folders = new Set()
  const collect = () => ({
    name: 'collect-packages',
    generateBundle(_options, bundle) {
      for (const id of Object.values(bundle).flatMap((chunk) => Object.keys(chunk.modules ?? {}))) note(id, folders)
    },
  })
  const write = () => ({
    name: 'write-licences',
    enforce: 'post',
    generateBundle: { order: 'post', handler() { this.emitFile({ type: 'asset', fileName, source: textOf(folders) }) } },
  })
  return { collect, write }
}

function note(id, folders) {
  const file = id.replace(/^\0/, '').split('?')[0]
  if (file.includes('/node_modules/')) folders.add(packageFolder(dirname(file)))
}

/** The nearest folder whose package.json has a name and a version: some packages have nameless ones inside. */
function packageFolder(folder) {
  const manifest = join(folder, 'package.json')
  if (existsSync(manifest) && read(manifest).version) return folder
  return packageFolder(dirname(folder))
}

const read = (manifest) => JSON.parse(readFileSync(manifest, 'utf8'))

function textOf(folders) {
  const parts = [...folders].map(partOf).sort((a, b) => (a.heading < b.heading ? -1 : 1))
  const once = new Map(parts.map(({ heading, text }) => [heading, text]))
  const head = `The files beside this one contain code of the ${once.size} packages below.\n`
  return head + [...once].map(([heading, text]) => `\n${LINE}\n${heading}\n${LINE}\n\n${text}\n`).join('')
}

function partOf(folder) {
  const { name, version, license } = read(join(folder, 'package.json'))
  const text = licenceIn(TEXT_IS_OF[name] ? join('node_modules', TEXT_IS_OF[name]) : folder)
  if (!text) throw new Error(`${name} ${version} has no licence file. Say in TEXT_IS_OF which package carries its text.`)
  return { heading: `${name} ${version} (${license ?? 'see below'})`, text }
}

function licenceIn(folder) {
  const files = readdirSync(folder).filter((file) => WANTED.test(file)).sort()
  return files.map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim()).join('\n\n')
}
