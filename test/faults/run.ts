import { leakProbes } from '@tapgate/test-kit';
import { test } from 'node:test';
import { balancing } from './balancing.ts';
import { clientsThatLeave } from './clients-that-leave.ts';
import { faultCases } from './fault-case.ts';
import { otherOperations } from './other-operations.ts';
import { overload } from './overload-cases.ts';
import { play } from './play.ts';
import { skip } from '../../plugins/redis/src/own-server.test.ts';
import { mixedOutcomes } from './processes/mixed-outcomes.ts';
import { storeOutages } from './processes/store-outages.ts';
import { simulatedOutages } from './simulated-outages.ts';
import { tongues } from './tongues.ts';

/**
 * What happens when everything goes wrong: each case of `test/cases`, for every client dialect, streamed and whole, by targets
 * that speak the client's dialect and by targets that must be translated for.
 */
const probed = leakProbes(test as never);
for (const one of faultCases()) {
  for (const tongue of tongues) {
    for (const lane of ['native', 'translated'] as const) {
      if (lane === 'native' && one.never?.[tongue.dialect] !== undefined) continue;
      for (const streamed of [true, false]) {
        if ((one.expect ?? (streamed ? one.streamed : one.whole)) === undefined) continue;
        const name = `${one.title} (${tongue.dialect}, ${lane}, ${streamed ? 'streamed' : 'whole'})`;
        const known = one.known?.[`${tongue.dialect} ${lane}`];
        if (known === undefined) probed(name, () => play(one, tongue, lane, streamed));
        else test(name, { skip: known }, () => {});
      }
    }
  }
}
clientsThatLeave(probed);
otherOperations(probed);
balancing(probed);
simulatedOutages(probed);
overload(probed);
if (skip === false) {
  mixedOutcomes(probed);
  storeOutages(probed);
} else test('several gateways with one store', { skip }, () => {});
