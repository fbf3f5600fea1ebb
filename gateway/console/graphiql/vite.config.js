import { defineConfig } from 'vite'
import { licences } from './licences.js'
import { sources } from './sources.js'

const packages = licences('LICENSES.txt')

// The old names are copies of the same files: with them the page would carry each parser twice.
const PRETTIER = [
  { find: 'prettier/parser-graphql', replacement: 'prettier/plugins/graphql' },
  { find: 'prettier/parser-babel', replacement: 'prettier/plugins/babel' },
]

// "use client" in a package means nothing to a page that has no server side.
const quietly = (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning)

export default defineConfig({
  base: '/static/graphiql/',
  // graphql asks for this before it believes that it is in production; else it keeps its slow checks for developers.
  define: { 'globalThis.process': 'true' },
  resolve: { alias: PRETTIER },
  plugins: [packages.collect(), packages.write(), sources('SOURCES.sha256')],
  worker: { format: 'es', plugins: () => [packages.collect()] },
  build: {
    outDir: '../static/graphiql',
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5000,
    reportCompressedSize: false,
    rolldownOptions: { onwarn: quietly },
  },
})
