export async function register() { console.log('instrumented', process.env.NEXT_RUNTIME) }
