/** The up to three `candidates` most like `name`, best first; `[]` when nothing is close. Letter case doesn't count. */
export function nearMisses(name: string, candidates: Iterable<string>): readonly string[] {
  const wanted = name.toLowerCase().slice(0, 64);
  const allowed = Math.max(2, wanted.length / 3);
  const scored: { readonly candidate: string; readonly distance: number }[] = [];
  for (const candidate of candidates) {
    const against = candidate.toLowerCase();
    const longer = Math.abs(against.length - wanted.length);
    const contained = wanted.length >= 4 && (against.includes(wanted) || wanted.includes(against));
    // The difference in length is the least that the distance can be: most candidates are done with here.
    if (!contained && longer > allowed) continue;
    const distance = contained ? longer / 8 : editDistance(wanted, against);
    if (distance <= allowed) scored.push({ candidate, distance });
  }
  scored.sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1));
  return scored.slice(0, 3).map((entry) => entry.candidate);
}

/** How many letters must be put in, taken out or changed (Levenshtein), one row of the table at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const change = (row[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1);
      next[column] = Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1);
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
