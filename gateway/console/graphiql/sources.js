import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'

const SOURCE = /\.(html|jsx?|css|json)$|^\.npmrc$/

/** Writes what the page was built from, so that a test without Node sees a page older than its sources. */
export function sources(fileName) {
  const here = new URL('./', import.meta.url)
  const line = (file) => `${createHash('sha256').update(readFileSync(new URL(file, here))).digest('hex')}  ${file}\n`
  return {
    name: 'write-sources',
    generateBundle() {
      const files = readdirSync(here).filter((file) => SOURCE.test(file)).sort()
      this.emitFile({ type: 'asset', fileName, source: files.map(line).join('') })
    },
  }
}
