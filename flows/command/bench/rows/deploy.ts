/** From an edit in the studio to the flow that runs it, on the sensor inside the studio. */

import { figuresSaid, LACEWING, ownProgram } from '../programs.ts'
import type { Row } from '../row.ts'

const DEPLOY = 'edit-and-deploy'

export const deploy: Row = {
  name: 'deploy',
  title: 'Edit to deployed and running, embedded sensor',
  disk_bytes_per_event: 0,
  programs: async (inputs) => {
    const folder = inputs.place('deploy')
    const start = [process.execPath, LACEWING, 'start', '--port', '0', '--no-sample', '--data', `${folder}/data`]
    return [
      {
        name: DEPLOY,
        does: 'lacewing start, then five edits by the API: threshold changed, kept, deployed, first alert of the new flow read',
        records: 0,
        command: () => ownProgram(new URL('../deploy.ts', import.meta.url), folder, ...start),
        read: figuresSaid,
      },
    ]
  },
  goals: [
    {
      figure: 'edit to first record, median of 5',
      unit: 'ms',
      must: 1500,
      aim: 500,
      needs: [DEPLOY],
      of: (round) => round.figure(DEPLOY, 'edit_ms'),
    },
  ],
}
