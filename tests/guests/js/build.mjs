// Makes a component of a module: `node build.mjs ENGINE WIT SOURCE OUTPUT`, where ENGINE is `quickjs` or `starlingmonkey`. Run from
// the folder into which the packages were installed. No feature of WASI is left out: stubs would trap, or freeze the clock and the
// randomness of the machine that built it.

import { readFile, writeFile } from 'node:fs/promises';

const [engine, witPath, sourcePath, output] = process.argv.slice(2);
const world = 'crm';

async function component() {
  if (engine === 'quickjs') {
    const { componentize } = await import('componentize-qjs');
    return componentize({ witPath, world, jsSource: await readFile(sourcePath, 'utf8'), jsPath: sourcePath, sync: true });
  }
  const { componentize } = await import('@bytecodealliance/componentize-js');
  return componentize({ witPath, worldName: world, sourcePath, disableFeatures: ['http', 'fetch-event'] });
}

await writeFile(output, (await component()).component);
// What the tools leave open must not keep this running.
process.exit(0);
