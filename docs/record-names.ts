/**
 * What other schemas call the fields of our records. Only names that mean the same thing; where the other schema has
 * none, or writes the value in a way that is not a plain rewriting, there is no entry.
 *
 * @source Zeek: script reference of conn.log, dns.log, ssl.log, http.log, files.log. ECS 8: field reference. OCSF 1.3:
 * classes network_activity, dns_activity, http_activity, and the objects they hold.
 */

export interface OtherNames {
  /** `<log>.<field>`; a field that all logs have stands alone. */
  readonly zeek?: string
  readonly ecs?: string
  readonly ocsf?: string
}

const names: Readonly<Record<string, OtherNames>> = {
  timestamp: { zeek: 'ts', ecs: '@timestamp', ocsf: 'time' },
  flow_id: { zeek: 'uid', ocsf: 'connection_info.uid' },
  community_id: { zeek: 'conn.community_id', ecs: 'network.community_id', ocsf: 'connection_info.community_uid' },
  in_iface: { ecs: 'observer.ingress.interface.name' },
  vlan: { ecs: 'network.vlan.id' },
  src_ip: { zeek: 'id.orig_h', ecs: 'source.ip', ocsf: 'src_endpoint.ip' },
  src_port: { zeek: 'id.orig_p', ecs: 'source.port', ocsf: 'src_endpoint.port' },
  dest_ip: { zeek: 'id.resp_h', ecs: 'destination.ip', ocsf: 'dst_endpoint.ip' },
  dest_port: { zeek: 'id.resp_p', ecs: 'destination.port', ocsf: 'dst_endpoint.port' },
  proto: { zeek: 'conn.proto', ecs: 'network.transport', ocsf: 'connection_info.protocol_name' },
  app_proto: { zeek: 'conn.service', ecs: 'network.protocol' },
  'ether.src_mac': { zeek: 'conn.orig_l2_addr', ecs: 'source.mac', ocsf: 'src_endpoint.mac' },
  'ether.dest_mac': { zeek: 'conn.resp_l2_addr', ecs: 'destination.mac', ocsf: 'dst_endpoint.mac' },

  'flow.pkts_toserver': { zeek: 'conn.orig_pkts', ecs: 'source.packets', ocsf: 'traffic.packets_out' },
  'flow.pkts_toclient': { zeek: 'conn.resp_pkts', ecs: 'destination.packets', ocsf: 'traffic.packets_in' },
  'flow.bytes_toserver': { ecs: 'source.bytes', ocsf: 'traffic.bytes_out' },
  'flow.bytes_toclient': { ecs: 'destination.bytes', ocsf: 'traffic.bytes_in' },
  'flow.start': { ecs: 'event.start', ocsf: 'start_time' },
  'flow.end': { ecs: 'event.end', ocsf: 'end_time' },

  'dns.id': { zeek: 'dns.trans_id', ecs: 'dns.id', ocsf: 'query.packet_uid' },
  'dns.type': { ecs: 'dns.type' },
  'dns.aa': { zeek: 'dns.AA' },
  'dns.tc': { zeek: 'dns.TC' },
  'dns.rd': { zeek: 'dns.RD' },
  'dns.ra': { zeek: 'dns.RA' },
  'dns.opcode': { ocsf: 'query.opcode_id' },
  'dns.rrname': { zeek: 'dns.query', ecs: 'dns.question.name', ocsf: 'query.hostname' },
  'dns.rrtype': { zeek: 'dns.qtype_name', ecs: 'dns.question.type', ocsf: 'query.type' },
  'dns.rcode': { zeek: 'dns.rcode_name', ecs: 'dns.response_code', ocsf: 'rcode' },
  'dns.answers': { ecs: 'dns.answers', ocsf: 'answers' },

  'tls.sni': { zeek: 'ssl.server_name', ecs: 'tls.client.server_name', ocsf: 'tls.sni' },
  'tls.version': { zeek: 'ssl.version', ocsf: 'tls.version' },
  'tls.subject': { ecs: 'tls.server.subject', ocsf: 'tls.certificate.subject' },
  'tls.issuerdn': { ecs: 'tls.server.issuer', ocsf: 'tls.certificate.issuer' },
  'tls.serial': { ecs: 'tls.server.x509.serial_number', ocsf: 'tls.certificate.serial_number' },
  'tls.fingerprint': { ecs: 'tls.server.hash.sha1' },
  'tls.notbefore': { ecs: 'tls.server.not_before', ocsf: 'tls.certificate.created_time' },
  'tls.notafter': { ecs: 'tls.server.not_after', ocsf: 'tls.certificate.expiration_time' },
  'tls.session_resumed': { zeek: 'ssl.resumed', ecs: 'tls.resumed' },
  'tls.ja3.hash': { ecs: 'tls.client.ja3', ocsf: 'tls.ja3_hash.value' },
  'tls.ja3s.hash': { ecs: 'tls.server.ja3s', ocsf: 'tls.ja3s_hash.value' },

  'http.hostname': { zeek: 'http.host', ecs: 'url.domain', ocsf: 'http_request.url.hostname' },
  'http.url': { zeek: 'http.uri', ecs: 'url.original' },
  'http.http_user_agent': { zeek: 'http.user_agent', ecs: 'user_agent.original', ocsf: 'http_request.user_agent' },
  'http.http_refer': { zeek: 'http.referrer', ecs: 'http.request.referrer', ocsf: 'http_request.referrer' },
  'http.http_method': { zeek: 'http.method', ecs: 'http.request.method', ocsf: 'http_request.http_method' },
  'http.status': { zeek: 'http.status_code', ecs: 'http.response.status_code', ocsf: 'http_response.code' },
  'http.length': { zeek: 'http.response_body_len', ecs: 'http.response.body.bytes' },
  // Not ECS' http.response.mime_type, which is found from the body and never taken from the header.
  'http.http_content_type': { ocsf: 'http_response.content_type' },

  'fileinfo.filename': { zeek: 'files.filename', ecs: 'file.name', ocsf: 'file.name' },
  'fileinfo.size': { zeek: 'files.seen_bytes', ecs: 'file.size', ocsf: 'file.size' },
  'fileinfo.md5': { zeek: 'files.md5', ecs: 'file.hash.md5' },
  'fileinfo.sha1': { zeek: 'files.sha1', ecs: 'file.hash.sha1' },
  'fileinfo.sha256': { zeek: 'files.sha256', ecs: 'file.hash.sha256' },

  'alert.signature': { ecs: 'rule.name' },
  'alert.signature_id': { ecs: 'rule.id' },
  'alert.rev': { ecs: 'rule.version' },
  'alert.category': { ecs: 'rule.category' },
  'alert.severity': { ecs: 'event.severity' },
}

/** Our path to the other names. */
export const RECORD_NAMES: ReadonlyMap<string, OtherNames> = new Map(Object.entries(names))
