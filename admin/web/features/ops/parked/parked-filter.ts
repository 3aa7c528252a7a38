/** What parked deliveries are narrowed by, as the service names it. */
export const parkedFilterNames = ['group'] as const;
