import Image from 'next/image'
import Link from 'next/link'
import { all } from '../lib/ships'
export const dynamic = 'force-dynamic'
export default async function Page() {
  return <main><h1>Shipyard</h1><Image src="/deck.png" width={320} height={200} alt="deck" priority />
    <ul>{(await all()).map(ship => <li key={ship.name}><Link href={`/ships/${ship.name}`} prefetch={false}>{ship.name}</Link></li>)}</ul></main>
}
