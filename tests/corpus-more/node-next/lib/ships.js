import { readFile } from 'node:fs/promises'
import path from 'node:path'
const data = (...parts) => path.join(process.cwd(), 'data', ...parts)
export async function all() { return JSON.parse(await readFile(data('ships.json'), 'utf8')) }
export async function text(name) {
  const { marked } = await import('marked')
  const sanitize = (await import('sanitize-html')).default
  return sanitize(marked.parse(await readFile(data(`${name}.md`), 'utf8')))
}
