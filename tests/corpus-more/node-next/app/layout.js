import './globals.css'
export const metadata = { title: 'Shipyard', description: 'Ships' }
export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html> }
