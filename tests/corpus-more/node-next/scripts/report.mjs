import { readFile } from 'node:fs/promises'
import { marked } from 'marked'
import { stringify } from 'csv-stringify/sync'
const ships = JSON.parse(await readFile(new URL('../data/ships.json', import.meta.url)))
console.log(stringify(ships) + marked.parse('**' + ships.length + '**'))
