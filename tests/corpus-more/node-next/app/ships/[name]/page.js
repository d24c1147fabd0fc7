import { notFound } from 'next/navigation'
import { all, text } from '../../../lib/ships'
export const dynamic = 'force-dynamic'
export default async function Page({ params, searchParams }) {
  const ship = (await all()).find(ship => ship.name === params.name)
  if (!ship) notFound()
  const locale = searchParams.locale || 'en'
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeZone: 'Pacific/Auckland' }).format(new Date(ship.launched))
  return <article><h1>{ship.name}</h1><p id="date">{date}</p><div dangerouslySetInnerHTML={{ __html: await text(ship.name) }} /></article>
}
