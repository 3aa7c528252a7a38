const isLong = ['FUZZ_RUNS', 'FUZZ_SCHEMAS'].some((name) => process.env[name] !== undefined);

/** Longest a property test takes whose number of runs is from the environment, in milliseconds: `npm run test:long` draws many times as much. */
export const propertyTimeoutMs = isLong ? 1_800_000 : 60_000;
