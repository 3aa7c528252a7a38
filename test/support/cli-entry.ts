import { main } from '../../generator/cli.js';

await main(process.argv);
