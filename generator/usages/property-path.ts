/** A step from a value to a value within it: a property, or the items of a list or the other properties of an object. */
export type PathStep = { readonly property: string } | 'each';

/** Reads the path of a change: `$.lines[*].price`. Undefined for a path that is not within the data, such as of headers. */
export function stepsOfPath(path: string): PathStep[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: PathStep[] = [];
  // Labels of alternatives, `(card)`, choose a type; every type of a union is followed anyway.
  const parts = path
    .slice(1)
    .matchAll(/\.([\p{L}_$][\p{L}\p{N}_$]*)|\["((?:[^"\\]|\\.)*)"\]|\.\*|\[\*\]|\[\d+\]|\[\/.*?\/\]|\([^)]*\)/gu);
  for (const [whole, name, quoted] of parts) {
    if (name !== undefined) steps.push({ property: name });
    else if (quoted !== undefined) steps.push({ property: JSON.parse(`"${quoted}"`) as string });
    else if (!whole.startsWith('(')) steps.push('each');
  }
  return steps;
}
