import { Skeleton } from '@mantine/core';

/** Placeholder for a page that is loading. */
export function PageSkeleton() {
  return (
    <div className="page" aria-busy="true">
      <p className="visually-hidden" role="status">
        Loading
      </p>
      <Skeleton height={34} width="45%" mb={18} />
      <Skeleton height={16} width="80%" mb={10} />
      <Skeleton height={16} width="65%" mb={36} />
      <Skeleton height={220} />
    </div>
  );
}
