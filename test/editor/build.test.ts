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

  it('carries no kernels and no tables: it shows node types and never runs them', async () => {
    const scripts = [...built.files].filter((name) => name.endsWith('.js'))
    const texts = await Promise.all(scripts.map((name) => readFile(join(outdir, name), 'utf8')))
    const kernel = Buffer.from('\0asm').toString('base64').replace(/=*$/, '').slice(0, -1)
    for (const [i, text] of texts.entries()) {
      assert.ok(!text.includes(kernel), scripts[i])
      assert.doesNotMatch(text, /["'`][A-Za-z0-9+/]{4096}/, scripts[i])
    }
    assert.ok(texts.some((text) => text.includes('feature.domain')))
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
