export default function NotFound() { return <p>lost at sea</p> }
