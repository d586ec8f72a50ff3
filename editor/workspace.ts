/**
 * What is open on the screen: a flow, the sensor it is watched on, its figures, its problems, a tapped wire. Panels
 * read it and call its verbs; it alone talks to the studio and the browser's store.
 */

import type { WireField } from '../flows/compile/wire-fields.ts'
import { type FlowDocument, FORMAT_VERSION } from '../flows/format/flow.ts'
import type { ParameterValues } from '../flows/format/parameters.ts'
import { readFlow } from '../flows/format/read.ts'
import { parseWire } from '../flows/format/wire.ts'
import { canonicalJson, writeFlow } from '../flows/format/write.ts'
import type { Catalogue } from '../nodes/contract/node.ts'
import type { Problem } from '../nodes/contract/problem.ts'
import type {
  DeploymentState,
  DeploymentStatus,
  LiveFrame,
  Sample,
  SampleFrame,
  SensorInfo,
} from '../runtime/protocol/messages.ts'
import { type Difference, difference } from './document/difference.ts'
import { Draft } from './document/draft.ts'
import { addNode, duplicate, freshId, type Point, removeSelected } from './document/edits.ts'
import { newNode } from './document/ports.ts'
import type { Transaction } from './document/transaction.ts'
import { type LiveHistory, NO_HISTORY, observe } from './live/history.ts'
import { type Marks, marks } from './live/marks.ts'
import { LiveSocket } from './live/socket.ts'
import { type Deployed, type ExampleSummary, type FlowSummary, Studio, StudioError } from './live/studio.ts'
import { type DraftSummary, Store } from './store/database.ts'

/** The open flow, its place in the studio, and what is known of it. */
export interface OpenFlow {
  readonly draft: Draft
  /** The studio's revision the draft is based on; 0 for a flow not saved yet. */
  revision: number
  /** The text that revision has, to know whether there is something to save. */
  saved: string
}

/** A result that stands on the canvas until the next one. */
export interface Notice {
  readonly tone: 'plain' | 'good' | 'bad'
  readonly text: string
  /** Somebody saved in between: the person chooses. */
  readonly conflict?: { readonly revision: number; readonly flow: FlowDocument }
}

/** What the inspector shows. */
export type Inspected = { readonly node: string } | 'flow'

/** An open tap and the newest records it gave. */
export interface Tap {
  readonly wire: string
  /** Undefined until the sensor answered. */
  refusal: string | undefined
  isPaused: boolean
  /** Newest first. */
  samples: readonly Sample[]
  /** Records that passed unseen since the drawer was opened. */
  missed: number
}

const TAP_LIMIT_PER_S = 50
const SAMPLES_KEPT = 200
const CHECK_AFTER_MS = 250
const KEEP_AFTER_MS = 400
/** Names under which a studio knows the sensor that runs inside it. */
const EMBEDDED = ['embedded', 'local']

export class Workspace {
  readonly catalogue: Catalogue
  readonly tapLimit_per_s = TAP_LIMIT_PER_S
  user = ''
  isReady = false
  /** Why the studio can't be used at all. */
  outage: string | undefined
  isConnected = false
  flows: readonly FlowSummary[] = []
  examples: readonly ExampleSummary[] = []
  sensors: readonly SensorInfo[] = []
  /** Flows that only this browser has. */
  drafts: readonly DraftSummary[] = []
  /** Names of the flows in the tab bar, in order. */
  tabs: readonly string[] = []
  open: OpenFlow | undefined
  sensor: string | undefined
  deployed: Deployed | undefined
  status: DeploymentStatus | undefined
  history: LiveHistory = NO_HISTORY
  problems: readonly Problem[] = []
  wireFields: Readonly<Record<string, { readonly fields: readonly WireField[] }>> = {}
  /** Values for the flow's parameters at the next deployment. */
  parameters: ParameterValues = {}
  notice: Notice | undefined
  isDeploying = false
  tap: Tap | undefined
  inspected: Inspected | undefined
  areProblemsOpen = false

  readonly #studio = new Studio()
  readonly #store = new Store()
  #live: LiveSocket | undefined
  readonly #listeners = new Set<() => void>()
  #isTold = false
  #stopDraft: (() => void) | undefined
  #checkTimer: number | undefined
  #keepTimer: number | undefined
  #checks = 0
  #opens = 0
  #difference: { readonly of: FlowDocument; readonly to: FlowDocument | undefined; readonly is: Difference } | undefined

  constructor(catalogue: Catalogue) {
    this.catalogue = catalogue
  }

  /** Calls `listener` soon after anything changed, once for all changes of a turn, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    if (this.#isTold) return
    this.#isTold = true
    queueMicrotask(() => {
      this.#isTold = false
      for (const listener of this.#listeners) listener()
    })
  }

  /* ---- what is derived ---- */

  get document(): FlowDocument | undefined {
    return this.open?.draft.document
  }

  /** What Deploy would change on the sensor that is looked at. */
  get difference(): Difference {
    const of = this.document ?? EMPTY
    const to = this.deployed?.flow
    if (this.#difference?.of !== of || this.#difference.to !== to) this.#difference = { of, to, is: difference(of, to) }
    return this.#difference.is
  }

  /** Parameters whose value at the next deployment is another than the one that runs. */
  get changedValues(): readonly string[] {
    const { deployed, document } = this
    if (deployed === undefined || document === undefined) return []
    const own = (values: ParameterValues, name: string) => (Object.hasOwn(values, name) ? values[name] : undefined)
    const names = Object.keys(document.parameters)
    return names.filter((name) => own(this.parameters, name) !== own(deployed.parameters, name))
  }

  /** How much Deploy would change on the sensor that is looked at; 0 where nothing runs yet. */
  get changes(): number {
    return this.deployed === undefined ? 0 : this.difference.count + this.changedValues.length
  }

  get marks(): Marks {
    const document = this.document
    if (document === undefined) return { wires: new Map(), nodes: new Map() }
    const isNew = this.deployed === undefined
    return marks({
      document,
      deployed: this.deployed?.flow,
      status: this.status,
      difference: isNew ? difference(document, document) : this.difference,
      history: this.history,
      problems: this.problems,
      titleOf: (id) => this.titleOf(id),
    })
  }

  titleOf(id: string): string {
    const node = this.document?.nodes[id]
    return node?.title ?? this.catalogue.get(node?.type ?? '')?.title ?? node?.type ?? id
  }

  /** The deployment that is looked at came to its end: `ended`, `stopped` or `faulted`; undefined while it goes on. */
  get ending(): DeploymentState | undefined {
    const state = this.status?.state
    return state === 'running' || state === 'preparing' ? undefined : state
  }

  /** Title of a flow of the studio or of this browser, open or not. */
  titleOfFlow(name: string): string {
    if (this.document?.name === name) return this.document.title ?? name
    return [...this.flows, ...this.drafts].find((flow) => flow.name === name)?.title ?? name
  }

  get isSaved(): boolean {
    return this.open !== undefined && writeFlow(this.open.draft.document) === this.open.saved
  }

  /* ---- beginning ---- */

  /** Loads what the studio has, opens the flow that was open last, and begins to listen. */
  async start(): Promise<void> {
    try {
      this.user = (await this.#studio.session()).user
      const [flows, sensors, examples] = await Promise.all([
        this.#studio.flows(),
        this.#studio.sensors(),
        this.#studio.examples(),
      ])
      this.flows = flows
      this.sensors = sensors
      this.examples = examples
    } catch (error) {
      this.outage = sentence(error)
      this.isReady = true
      this.#tell()
      return
    }
    this.#live = new LiveSocket({
      onConnection: (isConnected) => {
        this.isConnected = isConnected
        if (!isConnected) this.#forgetFigures()
        this.#tell()
      },
      onFrame: (frame) => this.#onFrame(frame),
      onSamples: (frame) => this.#onSamples(frame),
      onSensors: (sensors) => this.#onSensors(sensors),
    })
    const saved = new Set(this.flows.map((flow) => flow.name))
    this.drafts = (await this.#store.drafts()).filter(({ name }) => !saved.has(name))
    const known = new Set([...saved, ...this.drafts.map(({ name }) => name)])
    const tabs = await this.#store.preference<readonly string[]>('tabs', [])
    this.tabs = tabs.filter((name) => known.has(name))
    const last = await this.#store.preference('flow', '')
    const newest = this.flows.toSorted((a, b) => b.updated_ms - a.updated_ms)[0]
    const first = known.has(last) ? last : newest?.name
    if (first !== undefined) await this.openFlow(first)
    this.isReady = true
    addEventListener('visibilitychange', () => this.#keepNow())
    this.#tell()
  }

  preference<T extends string | number | boolean>(key: string, otherwise: T): Promise<T> {
    return this.#store.preference(key, otherwise)
  }
  setPreference(key: string, value: string | number | boolean): void {
    void this.#store.setPreference(key, value)
  }

  /* ---- opening ---- */

  /** Opens a flow of the studio, or its draft where this browser has one. */
  async openFlow(name: string): Promise<void> {
    this.#keepNow()
    this.#opens += 1
    const turn = this.#opens
    try {
      const isInStudio = this.flows.some((flow) => flow.name === name)
      const [kept, stored] = await Promise.all([
        isInStudio ? this.#studio.flow(name) : undefined,
        this.#store.draft(name),
      ])
      if (turn !== this.#opens) return
      const saved = kept === undefined ? undefined : wellFormed(kept.flow)
      const drawn = stored === undefined ? undefined : wellFormed(stored.document)
      // What was only kept for its way back gives way to what somebody saved since.
      const isOutdated = stored?.is_saved === true && kept !== undefined && kept.revision !== stored.base_revision
      if (drawn !== undefined && stored !== undefined && !isOutdated) {
        const draft = new Draft(drawn, { done: stored.done, undone: stored.undone })
        const text = saved !== undefined && kept?.revision === stored.base_revision ? writeFlow(saved) : ''
        this.#show({ draft, revision: stored.base_revision, saved: text })
      } else if (saved !== undefined && kept !== undefined) {
        this.#show({ draft: new Draft(saved), revision: kept.revision, saved: writeFlow(saved) })
      } else this.#say('bad', `There is no flow '${name}' in the studio any more.`)
    } catch (error) {
      this.#say('bad', sentence(error))
    }
  }

  /** Begins a flow that the studio does not know yet. */
  newFlow(title: string): void {
    const name = this.#freshName(title)
    this.#begin({ ...EMPTY, name, ...(title === '' ? {} : { title }) })
  }

  async openExample(example: string): Promise<void> {
    try {
      const { name } = await this.#studio.openExample(example)
      this.flows = await this.#studio.flows()
      await this.openFlow(name)
    } catch (error) {
      this.#say('bad', sentence(error))
    }
  }

  /** Opens the text of a flow file as a new draft. Runs nothing. Gives the problems when it is not a flow. */
  importFlow(text: string): readonly Problem[] {
    const { flow, problems } = readFlow(text)
    if (flow === undefined) return problems
    this.#begin({ ...flow, name: this.#freshName(flow.name) })
    return []
  }

  #begin(document: FlowDocument): void {
    this.#keepNow()
    this.#opens += 1
    this.drafts = [...this.drafts, { name: document.name, title: document.title ?? document.name }]
    this.#show({ draft: new Draft(document), revision: 0, saved: '' })
    this.#keepSoon()
  }

  /** The text of the flow file. */
  exportFlow(): { readonly name: string; readonly text: string } | undefined {
    const document = this.document
    return document === undefined ? undefined : { name: `${document.name}.json`, text: writeFlow(document) }
  }

  closeTab(name: string): void {
    this.tabs = this.tabs.filter((one) => one !== name)
    void this.#store.setPreference('tabs', this.tabs)
    if (this.document?.name === name && this.tabs.length > 0) void this.openFlow(this.tabs.at(-1)!)
    this.#tell()
  }

  #freshName(wanted: string): string {
    const stem =
      wanted
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^[^a-z]+|-+$/g, '')
        .slice(0, 48) || 'flow'
    const taken = new Set([...this.flows, ...this.drafts].map(({ name }) => name))
    for (let n = 1; ; n++) {
      const name = n === 1 ? stem : `${stem}-${n}`
      if (!taken.has(name)) return name
    }
  }

  #show(open: OpenFlow): void {
    const { name } = open.draft.document
    this.#stopDraft?.()
    this.untap()
    this.open = open
    this.problems = []
    this.wireFields = {}
    this.notice = undefined
    this.inspected = undefined
    this.areProblemsOpen = false
    if (!this.tabs.includes(name)) this.tabs = [...this.tabs, name]
    void this.#store.setPreference('tabs', this.tabs)
    void this.#store.setPreference('flow', name)
    this.#stopDraft = open.draft.listen((event) => {
      if (event === 'document') {
        this.#keepSoon()
        this.#checkSoon()
        if (this.tap !== undefined && !open.draft.document.wires.includes(this.tap.wire)) this.untap()
        this.#followInspected(open.draft.document)
      }
      this.#tell()
    })
    this.#checkSoon(0)
    const runs = this.sensors.find((one) => one.deployments.some((deployment) => deployment.flow === name))
    const embedded = this.sensors.find((one) => one.connected && EMBEDDED.includes(one.name))
    const now = this.sensors.find((one) => one.name === this.sensor && one.connected)
    const chosen = runs ?? now ?? embedded ?? this.sensors.find((one) => one.connected) ?? this.sensors[0]
    void this.watch(chosen?.name)
    this.#tell()
  }

  /** The inspected node may be gone: deleted, or under another id. */
  #followInspected(document: FlowDocument): void {
    if (typeof this.inspected !== 'object' || Object.hasOwn(document.nodes, this.inspected.node)) return
    this.inspected = undefined
  }

  /* ---- watching ---- */

  /** Looks at the open flow on a sensor. */
  async watch(sensor: string | undefined): Promise<void> {
    if (this.notice?.tone === 'good' && sensor !== this.sensor) this.notice = undefined
    this.sensor = sensor
    this.deployed = undefined
    this.parameters = {}
    this.#forgetFigures()
    const flow = this.document?.name
    if (sensor === undefined || flow === undefined) return this.#tell()
    this.#live?.watch({ sensor, flow })
    if (this.#revisionOn(sensor) === undefined) this.#tell()
    else await this.#loadDeployed(sensor, flow)
  }

  /** The revision of the open flow that a sensor says it runs. */
  #revisionOn(sensor: string): number | undefined {
    const found = this.sensors.find(({ name }) => name === sensor)
    return found?.deployments.find(({ flow }) => flow === this.document?.name)?.revision
  }

  /** Figures of a connection that is lost are not live: better none. */
  #forgetFigures(): void {
    this.history = NO_HISTORY
    this.status = undefined
  }

  /** Somebody else may have deployed or stopped what is looked at. */
  #onSensors(sensors: readonly SensorInfo[]): void {
    this.sensors = sensors
    const { sensor } = this
    const flow = this.document?.name
    if (sensor === undefined && flow !== undefined) void this.watch(sensors.find(({ connected }) => connected)?.name)
    else if (sensor !== undefined && flow !== undefined && !this.isDeploying) {
      const revision = this.#revisionOn(sensor)
      const isConnected = sensors.some(({ name, connected }) => name === sensor && connected)
      if (isConnected && revision !== this.deployed?.revision) void this.#loadDeployed(sensor, flow)
      else if (!isConnected) this.#forgetFigures()
    }
    this.#tell()
  }

  async #loadDeployed(sensor: string, flow: string): Promise<void> {
    try {
      const deployed = await this.#studio.deployed(sensor, flow)
      if (this.sensor !== sensor || this.document?.name !== flow) return
      const document = deployed === undefined ? undefined : wellFormed(deployed.flow)
      this.deployed = deployed === undefined || document === undefined ? undefined : { ...deployed, flow: document }
      this.parameters = deployed?.parameters ?? {}
      if (this.tap !== undefined) this.openTap(this.tap.wire)
    } catch (error) {
      this.#say('bad', sentence(error))
    }
    this.#tell()
  }

  #onFrame({ sensor, report }: LiveFrame): void {
    if (sensor !== this.sensor || report.status.flow !== this.document?.name) return
    const isNewStart =
      this.status?.artifact !== report.status.artifact || this.status?.since_ms !== report.status.since_ms
    if (isNewStart) this.history = NO_HISTORY
    this.status = report.status
    this.history = observe(this.history, report.metrics)
    this.#tell()
  }

  /** Opens the drawer on a wire: its newest records, as far as the sensor gives them. */
  openTap(wire: string): void {
    this.areProblemsOpen = false
    this.tap = { wire, refusal: undefined, isPaused: false, samples: [], missed: 0 }
    const tap = this.tap
    const { sensor } = this
    const flow = this.document?.name
    if (sensor === undefined || flow === undefined || this.deployed?.flow.wires.includes(wire) !== true) {
      tap.refusal =
        sensor === undefined
          ? 'No sensor is connected.'
          : `This wire does not run on ${sensor} yet. Deploy to see its records.`
      this.#live?.untap()
    } else if (this.ending !== undefined) {
      tap.refusal = `The flow ${this.ending} on ${sensor}. Deploy to run it again and see its records.`
      this.#live?.untap()
    } else {
      this.#live?.tap(sensor, flow, wire, TAP_LIMIT_PER_S, (answer) => {
        tap.refusal = answer.answer === 'refused' ? answer.reason : undefined
        this.#tell()
      })
    }
    this.#tell()
  }

  untap(): void {
    if (this.tap === undefined) return
    this.#live?.untap()
    this.tap = undefined
    this.#tell()
  }

  /** While paused, the records stay; what passes meanwhile is counted as unseen. */
  pauseTap(isPaused: boolean): void {
    if (this.tap !== undefined) this.tap.isPaused = isPaused
    this.#tell()
  }

  #onSamples({ samples, missed }: SampleFrame): void {
    const { tap } = this
    if (tap === undefined) return
    tap.missed += missed
    if (tap.isPaused) tap.missed += samples.length
    else tap.samples = [...samples.toReversed(), ...tap.samples].slice(0, SAMPLES_KEPT)
    this.#tell()
  }

  /* ---- editing ---- */

  do(transaction: Transaction | undefined): void {
    this.open?.draft.do(transaction)
  }
  undo(): void {
    this.open?.draft.undo()
  }
  redo(): void {
    this.open?.draft.redo()
  }

  /** Adds a node of a type and selects it. */
  add(type: string, at: Point, from?: { readonly node: string; readonly outlet: string }): string | undefined {
    const { open } = this
    const found = this.catalogue.get(type)
    if (open === undefined || found === undefined) return undefined
    const id = freshId(open.draft.document, type)
    const wired = from === undefined || found.shape === 'source' ? undefined : { from: from.node, outlet: from.outlet }
    open.draft.do(addNode(open.draft.document, id, newNode(found), at, wired))
    open.draft.select({ nodes: new Set([id]) })
    return id
  }

  removeSelected(): void {
    const draft = this.open?.draft
    if (draft !== undefined) draft.do(removeSelected(draft.document, draft.selection))
  }

  duplicateSelected(): void {
    const draft = this.open?.draft
    const copy = draft && duplicate(draft.document, draft.selection.nodes)
    if (draft === undefined || copy === undefined) return
    draft.do(copy.transaction)
    draft.select({ nodes: copy.ids })
  }

  selectAll(): void {
    const draft = this.open?.draft
    draft?.select({ nodes: new Set(Object.keys(draft.document.nodes)) })
  }

  /* ---- checking and keeping ---- */

  #checkSoon(after_ms = CHECK_AFTER_MS): void {
    clearTimeout(this.#checkTimer)
    this.#checkTimer = window.setTimeout(() => void this.#check(), after_ms)
  }

  async #check(): Promise<void> {
    const document = this.document
    if (document === undefined) return
    this.#checks += 1
    const turn = this.#checks
    try {
      const { problems, wires } = await this.#studio.check(document)
      if (turn !== this.#checks) return
      // A flow without nodes is a flow just begun, not a mistake.
      this.problems = Object.keys(document.nodes).length === 0 ? [] : problems
      this.wireFields = wires
    } catch (error) {
      if (turn === this.#checks) this.#say('bad', sentence(error))
    }
    this.#tell()
  }

  /** Fields on the wires into a node: what its options may read. */
  fieldsInto(id: string): readonly WireField[] {
    const fields = new Map<string, WireField>()
    for (const wire of this.document?.wires ?? []) {
      if (parseWire(wire)?.to !== id || !Object.hasOwn(this.wireFields, wire)) continue
      for (const field of this.wireFields[wire]!.fields) fields.set(field.path, field)
    }
    return [...fields.values()]
  }

  #keepSoon(): void {
    clearTimeout(this.#keepTimer)
    this.#keepTimer = window.setTimeout(() => this.#keepNow(), KEEP_AFTER_MS)
  }

  /** Writes the draft to the browser's store; a saved one too, for its way back. */
  #keepNow(): void {
    if (this.#keepTimer === undefined || this.open === undefined) return
    clearTimeout(this.#keepTimer)
    this.#keepTimer = undefined
    const { draft, revision } = this.open
    const { document, history } = draft
    const base = { base_revision: revision, is_saved: this.isSaved }
    const kept = { name: document.name, ...base, document, ...history, updated_ms: Date.now() }
    // A plain copy: the browser's store takes no objects without prototype apart from this.
    void this.#store.keepDraft(JSON.parse(canonicalJson(kept, '')))
  }

  /* ---- saving and deploying ---- */

  /** Saves the draft where it differs. False when the studio would not take it; the reason stands on the canvas. */
  async save(): Promise<boolean> {
    const { open } = this
    if (open === undefined) return false
    const { document } = open.draft
    const text = writeFlow(document)
    if (open.revision > 0 && text === open.saved) return true
    const result = await this.#studio.save(document, open.revision)
    if (result.answer === 'conflict') {
      const flow = wellFormed(result.flow)
      const conflict = flow === undefined ? {} : { conflict: { revision: result.revision, flow } }
      this.notice = {
        tone: 'bad',
        text: `Not saved: somebody saved r${result.revision} while you worked on r${open.revision}.`,
        ...conflict,
      }
      this.#tell()
      return false
    }
    if (result.answer === 'refused') {
      this.#refuse('Not saved', result.problems)
      return false
    }
    open.revision = result.revision
    open.saved = text
    this.#keepSoon()
    this.flows = await this.#studio.flows()
    this.drafts = this.drafts.filter(({ name }) => name !== document.name)
    this.#tell()
    return true
  }

  /** Goes on from what somebody else saved, or over it. */
  settle(takeTheirs: boolean): void {
    const { open, notice } = this
    if (open === undefined || notice?.conflict === undefined) return
    const { revision, flow } = notice.conflict
    if (takeTheirs) {
      this.#show({ draft: new Draft(flow), revision, saved: writeFlow(flow) })
      void this.#store.forgetDraft(flow.name)
    } else {
      open.revision = revision
      open.saved = writeFlow(flow)
      this.notice = undefined
    }
    this.#tell()
  }

  /** Saves, then deploys to the sensor that is looked at. The result stands on the canvas. */
  async deploy(): Promise<void> {
    const { open, sensor } = this
    if (open === undefined || this.isDeploying) return
    if (sensor === undefined) return this.#say('bad', 'No sensor is connected. Start one, or choose another above.')
    this.isDeploying = true
    this.notice = undefined
    this.#tell()
    try {
      if (!(await this.save())) return
      const { name } = open.draft.document
      const given = Object.entries(this.parameters).filter(([key]) =>
        Object.hasOwn(open.draft.document.parameters, key),
      )
      const result = await this.#studio.deploy(name, open.revision, sensor, Object.fromEntries(given))
      if (result.answer === 'running') this.#say('good', `r${open.revision} runs on ${sensor}.`)
      else if (result.answer === 'rolled-back') {
        const after = this.deployed === undefined ? 'Nothing of this flow runs there.' : 'What ran before runs on.'
        this.#say('bad', `r${open.revision} was not kept on ${sensor}: ${result.reason} ${after}`)
      } else this.#refuse('Not deployed', result.problems)
      if (this.open === open && this.sensor === sensor) await this.#loadDeployed(sensor, name)
    } catch (error) {
      this.#say('bad', sentence(error))
    } finally {
      this.isDeploying = false
      this.#tell()
    }
  }

  #refuse(what: string, problems: readonly Problem[]): void {
    if (problems.length > 0) this.problems = problems
    const first = problems[0]
    const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`
    this.#say(
      'bad',
      first === undefined ? `${what}: the studio refused it.` : `${what}: ${count}. ${first.message} ${first.fix}`,
    )
  }

  #say(tone: Notice['tone'], text: string): void {
    this.notice = { tone, text }
    this.#tell()
  }

  /** Shows the options of a node, or the flow itself, in the inspector; undefined closes it. */
  inspect(what: Inspected | undefined): void {
    this.inspected = what
    this.#tell()
  }

  /** Opens or closes the list of problems under the canvas. */
  showProblems(areOpen: boolean): void {
    if (areOpen) this.untap()
    this.areProblemsOpen = areOpen
    this.#tell()
  }

  /** The studio has a newer editor than this page. */
  sayOutdated(): void {
    this.#say('bad', 'The studio has a newer editor by now. Reload the page to go on; your draft is kept.')
  }

  dismissNotice(): void {
    this.notice = undefined
    this.#tell()
  }

  setParameter(name: string, value: string | number | boolean | undefined): void {
    const { [name]: _, ...rest } = this.parameters
    this.parameters = value === undefined ? rest : { ...rest, [name]: value }
    this.#tell()
  }
}

const EMPTY: FlowDocument = {
  lacewing: FORMAT_VERSION,
  name: 'flow',
  parameters: {},
  nodes: {},
  wires: [],
  view: { positions: {}, groups: [], notes: [] },
}

/** A document that came from outside, checked and in the reader's own shape; undefined when it is none. */
function wellFormed(flow: FlowDocument): FlowDocument | undefined {
  return readFlow(JSON.stringify(flow)).flow
}

function sentence(error: unknown): string {
  return error instanceof StudioError ? error.message : `The editor failed: ${String(error)}`
}
