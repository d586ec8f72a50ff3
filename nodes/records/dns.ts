/**
 * The fields of a DNS record, as Suricata 7's EVE writes them in format version 2: one record a question of a query,
 * one record a response. This file must not know where DNS messages come from.
 *
 * Names are text of their labels joined by points, without a point at the end; the root is the empty text. A name that
 * is valid UTF-8 stands as it is; in any other, each byte from 0x80 on stands as `\xNN`. Control characters stay.
 */

import { type Fields, field } from '../contract/field.ts'

export const dnsFields = {
  'dns.version': field.integer({ min: 2, max: 2, help: 'Version of this record format, not of DNS.' }),
  'dns.type': field.text({ help: '`query` or `answer`.' }),
  'dns.id': field.integer({ min: 0, max: 65535, help: 'Identifier that joins a query and its response.' }),
  'dns.flags': field.text({ help: 'The header flags as hexadecimal digits, such as `8180`. Answers only.' }),
  'dns.qr': field.boolean({ help: 'True in an answer, missing in a query.' }),
  'dns.aa': field.boolean({ help: 'True when the server is authoritative, else missing. Answers only.' }),
  'dns.tc': field.boolean({ help: 'True when the response was cut to fit, else missing. Answers only.' }),
  'dns.rd': field.boolean({ help: 'True when recursion was asked for, else missing. Answers only.' }),
  'dns.ra': field.boolean({ help: 'True when the server offers recursion, else missing. Answers only.' }),
  'dns.z': field.boolean({ help: 'True when the reserved header bit is set, else missing.' }),
  'dns.opcode': field.integer({ min: 0, max: 15, help: 'Kind of request; 0 is a standard query.' }),
  'dns.rrname': field.text({ help: 'The name asked for.' }),
  'dns.rrtype': field.text({ help: 'The type asked for: `A`, `AAAA`, `TXT`, ... or its number where it has no name.' }),
  'dns.rcode': field.text({ help: 'Result: `NOERROR`, `NXDOMAIN`, `SERVFAIL`, ... Answers only.' }),
  'dns.tx_id': field.integer({ min: 0, help: 'Number of DNS messages seen before on the same conn. Queries only.' }),
  'dns.answers': field.list({
    help: 'Answer section: maps with `rrname`, `rrtype`, `ttl` (seconds) and, by type, `rdata`, `soa`, `srv` or `sshfp`.',
  }),
  'dns.grouped': field.map({ help: 'Type name to the list of its `rdata` (or `soa`, `srv`, `sshfp`) in `answers`.' }),
  'dns.authorities': field.list({ help: 'Authority section, in the form of `answers`.' }),
} as const satisfies Fields
