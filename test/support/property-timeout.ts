const isLong = ['FUZZ_RUNS', 'FUZZ_SCHEMAS'].some((name) => process.env[name] !== undefined);

/** Timeout of a property test, in milliseconds. `npm run test:long` sets a much larger number of runs in the environment. */
export const propertyTimeoutMs = isLong ? 1_800_000 : 60_000;
