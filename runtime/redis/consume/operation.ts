/** How one handler's part of a delivery ended, as the settle script takes it: kind, handler and four values. */
export type Operation = readonly [
  kind: 'done' | 'schedule' | 'dead' | 'note' | 'park',
  handler: string,
  a: string,
  b: string | number,
  c: string,
  d: string,
];
