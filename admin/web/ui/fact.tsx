import type { ReactNode } from 'react';

/** A line of a `facts-list`: what it is, and what it says. */
export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
