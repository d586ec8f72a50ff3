/** The door of the editor: builds the workspace, shows the page. */

import { catalogue } from '../nodes/index.ts'
import { App } from './panels/app.ts'
import { readDrawerHeight } from './panels/resize.ts'
import { readTheme } from './panels/theme.ts'
import { Workspace } from './workspace.ts'

const workspace = new Workspace(catalogue)
await readTheme(workspace)
await readDrawerHeight(workspace)
const app = new App()
app.workspace = workspace
document.body.append(app)
await workspace.start()
