'use client'
export default function Failure() { return <p>ran aground</p> }
