/**
 * Whether an event type matches a pattern: `*` matches every type, `approval.*` every type that starts with `approval.`,
 * any other pattern only the type that equals it. `approval.*` does not match `approvals.x`.
 */
export function matchesPattern(pattern: string, type: string): boolean {
  if (pattern === '*') return true;
  if (pattern.endsWith('.*')) return type.startsWith(pattern.slice(0, -1));
  return pattern === type;
}
