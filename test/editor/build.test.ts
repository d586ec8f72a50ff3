import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type BuiltEditor, buildEditor } from '../../editor/build.ts'
import { ICON_NAMES } from '../../editor/icon-names.ts'
import { catalogue } from '../../nodes/index.ts'

describe('the built editor', () => {
  let outdir: string
  let built: BuiltEditor
  let page: string

  before(async () => {
    outdir = await mkdtemp(join(tmpdir(), 'lacewing-build-'))
    built = await buildEditor({ outdir, minify: true })
    page = await readFile(join(outdir, 'index.html'), 'utf8')
  })
  after(() => rm(outdir, { recursive: true }))

  it('is fetched with less than 400 kB, fonts included', () => {
    assert.ok(built.gzip_bytes < 400_000, `${built.gzip_bytes} bytes`)
    assert.ok(built.gzip_bytes_without_fonts < built.gzip_bytes)
  })

  it('has a page without inline scripts and styles', () => {
    assert.doesNotMatch(page, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/)
    assert.match(page, /<script type="module" src="\/editor-[A-Z0-9]{8}\.js">/)
  })

  it('names only files that are there, each with its hash', async () => {
    const files = await readdir(outdir)
    assert.deepEqual([...built.files].sort(), files.sort())
    for (const [, name] of page.matchAll(/(?:href|src)="\/([^"]+)"/g)) assert.ok(files.includes(name!), name)
    for (const name of files) assert.ok(name === 'index.html' || /-[A-Z0-9]{8}\./.test(name), name)
  })

  it('has every icon of the catalogue and of its own controls', () => {
    for (const name of [...ICON_NAMES, ...[...catalogue.values()].map(({ icon }) => icon)]) {
      assert.ok(page.includes(`id="icon-${name}"`), name)
    }
  })
})
