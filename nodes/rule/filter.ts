/** Keeps the records for which an expression is true. */

import { need } from '../contract/need.ts'
import { keepNode } from '../contract/node.ts'
import { option } from '../contract/option.ts'

export default keepNode({
  type: 'rule.filter',
  version: 1,
  title: 'Filter',
  icon: 'funnel',
  help: 'Keeps the records for which the expression is true. False and null (a field is missing) both filter the record.',
  options: {
    where: option.expression({ returns: 'boolean', default: 'true', help: 'True for the records to keep.' }),
  },
  essence: (options) => String(options.where),
  needs: (options) => ({ keeps: need.expression('where', options.where, 'boolean') }),
  otherwise: null,
  choose: (row) => (row.keeps === true ? 0 : -1),
  examples: [
    {
      title: 'only DNS queries pass',
      options: { where: "event_type == 'dns' and dns.type == 'query'" },
      given: [
        { event_type: 'dns', dns: { type: 'query', rrname: 'a.example' } },
        { event_type: 'dns', dns: { type: 'answer', rrname: 'a.example' } },
        { event_type: 'flow' },
      ],
      expect: [{ event_type: 'dns', dns: { type: 'query', rrname: 'a.example' } }],
    },
  ],
})
