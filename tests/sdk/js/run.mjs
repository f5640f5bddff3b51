// Runs the tests of one SDK version against the server that CONVOKE_URL names:
//
//     node run.mjs newest|oldest
//
// One line per test, and `N passed, M failed` at the end, which `cargo xtask test` reads.

import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = new URL(`${process.argv[2]}/`, import.meta.url);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.test.mjs'))
  .sort()
  .map((name) => fileURLToPath(new URL(name, folder)));

let passed = 0;
let failed = 0;
const above = [];

// One file after the other: they share a server.
for await (const { type, data } of run({ files, concurrency: 1, timeout: 120_000 })) {
  if (type === 'test:start') {
    above[data.nesting] = data.name;
    continue;
  }
  // What a file says when it cannot even be loaded.
  if (type === 'test:stderr') console.log(`    ${data.message.trim().replaceAll('\n', '\n    ')}`);
  if (type !== 'test:pass' && type !== 'test:fail') continue;
  const isFile = files.includes(data.name);
  if (data.details?.type === 'suite' || (isFile && type === 'test:pass')) continue;
  const name = [...above.slice(0, data.nesting), isFile ? basename(data.name) : data.name].join(' > ');
  // Nothing may be left out silently.
  if (type === 'test:pass' && data.skip === undefined && data.todo === undefined) {
    passed += 1;
    console.log(`ok     ${name}`);
  } else {
    failed += 1;
    console.log(`FAILED ${name}`);
    const error = data.details?.error;
    console.log(`    ${String(error?.cause?.stack ?? error?.cause ?? error?.message ?? 'skipped').replaceAll('\n', '\n    ')}`);
  }
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
