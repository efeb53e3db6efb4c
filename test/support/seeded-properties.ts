import fc from 'fast-check';

/**
 * Every run tries the same cases, so that a failure is one of the change at hand; `MAC_TEST_SEED=$RANDOM npx vitest run
 * test/…` goes and looks for others.
 */
fc.configureGlobal({seed: Number(process.env['MAC_TEST_SEED'] ?? 20251210)});
