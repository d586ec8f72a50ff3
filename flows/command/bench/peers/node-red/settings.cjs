// Node-RED without its editor and its web server, so that it ends by itself when nothing is pending.
module.exports = {
  httpAdminRoot: false,
  httpNodeRoot: false,
  logging: { console: { level: 'fatal', metrics: false, audit: false } },
  editorTheme: { tours: false },
  telemetry: { enabled: false, updateNotification: false },
  contextStorage: { default: { module: 'memory' } },
}
