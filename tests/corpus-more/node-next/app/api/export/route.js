import { all } from '../../../lib/ships'
export const dynamic = 'force-dynamic'
export async function GET() {
  const { stringify } = await import('csv-stringify/sync')
  return new Response(stringify(await all(), { header: true }), { headers: { 'content-type': 'text/csv' } })
}
