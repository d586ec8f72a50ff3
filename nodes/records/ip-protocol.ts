/** Names of IP protocols as Suricata's EVE writes them in `proto`: the keywords of IANA's protocol numbers registry. */

const NAMES: readonly string[] =
  `HOPOPT ICMP IGMP GGP IPv4 ST TCP CBT EGP IGP BBN-RCC-MON NVP-II PUP ARGUS EMCON XNET CHAOS UDP MUX DCN-MEAS
  HMP PRM XNS-IDP TRUNK-1 TRUNK-2 LEAF-1 LEAF-2 RDP IRTP ISO-TP4 NETBLT MFE-NSP MERIT-INP DCCP 3PC IDPR XTP DDP IDPR-CMTP TP++
  IL IPv6 SDRP IPv6-Route IPv6-Frag IDRP RSVP GRE DSR BNA ESP AH I-NLSP SWIPE NARP MOBILE TLSP SKIP IPv6-ICMP IPv6-NoNxt
  IPv6-Opts 061 CFTP 063 SAT-EXPAK KRYPTOLAN RVD IPPC 068 SAT-MON VISA IPCV CPNX CPHB WSN PVP BR-SAT-MON SUN-ND WB-MON WB-EXPAK
  ISO-IP VMTP SECURE-VMTP VINES TTP NSFNET-IGP DGP TCF EIGRP OSPFIGP Sprite-RPC LARP MTP AX.25 IPIP MICP SCC-SP ETHERIP ENCAP 099
  GMTP IFMP PNNI PIM ARIS SCPS QNX A/N IPComp SNP Compaq-Peer IPX-in-IP VRRP PGM 114 L2TP DDX IATP STP SRP
  UTI SMP SM PTP ISIS FIRE CRTP CRUDP SSCOPMCE IPLT SPS PIPE SCTP FC RSVP-E2E-IGNORE Mobility-Header UDPLite MPLS-in-IP manet HIP
  Shim6 WESP ROHC`.split(/\s+/)

const BY_NUMBER: readonly string[] = Array.from({ length: 256 }, (_, i) => NAMES[i] ?? String(i).padStart(3, '0'))

/** @param number 0 to 255. A number without a name gives its three digits. */
export function ipProtocolName(number: number): string {
  return BY_NUMBER[number]!
}
