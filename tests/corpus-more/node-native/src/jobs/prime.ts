export default function prime(limit: number): number {
  let last = 2;
  for (let at = 3; at < limit; at++) if ([...Array(at).keys()].slice(2).every(by => at % by)) last = at;
  return last;
}
