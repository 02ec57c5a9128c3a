import type { Request } from '../cli/request.ts'
import type { Redaction } from '../engine/redact.ts'
import type { OutStream, World } from '../world.ts'
import type { ReporterOptions, Reporter } from './reporter.ts'
import { createTheme, wantsColor, wantsUnicode } from './theme.ts'

/**
 * The listener that a request asks for: `--json` and `--output ndjson` for programs; for people a live
 * display where stderr is a terminal, lines where it is not, next to nothing with `--quiet`. Each is loaded
 * only when it is the one. All that it writes goes through redaction.
 */
export async function openReport(request: Request, world: World, redaction: Redaction): Promise<Reporter> {
  const { common } = request
  const stdout = cleaned(world.stdout, redaction)
  const stderr = cleaned(world.stderr, redaction)
  if (common.output !== 'human') {
    const { createJsonReporter, createNdjsonReporter } = await import('./json.ts')
    return common.output === 'json'
      ? createJsonReporter({ stdout, showCommands: common.showCommands, redaction })
      : createNdjsonReporter({ stdout, redaction })
  }
  const unicode = wantsUnicode(world.env, world.platform)
  const themeFor = (stream: OutStream) =>
    createTheme({ color: wantsColor(common.color, world.env, stream), unicode })
  const view = await viewOf(request)
  const options: ReporterOptions = {
    stdout,
    stderr,
    theme: themeFor(stderr),
    resultTheme: themeFor(stdout),
    verbose: common.verbose,
    showCommands: common.showCommands,
    clock: world.clock,
    ...(view === undefined ? {} : { view }),
    watch: request.command === 'status' && request.watch,
  }
  if (common.quiet) return (await import('./plain.ts')).createQuietReporter(options)
  if (!world.stderr.isTTY || world.env['TERM'] === 'dumb') {
    return (await import('./plain.ts')).createLinesReporter(options)
  }
  const [{ createTtyReporter }, { createLiveRegion }] = await Promise.all([
    import('./tty.ts'),
    import('./live-region.ts'),
  ])
  return createTtyReporter(options, createLiveRegion(stderr))
}

/** How a command that looks shows what it found. */
async function viewOf(request: Request): Promise<ReporterOptions['view']> {
  switch (request.command) {
    case 'up':
      return request.look ? (await import('./plan-view.ts')).renderPlan : undefined
    case 'contexts.diff':
      return (await import('./plan-view.ts')).renderPlan
    case 'status':
      return (await import('./status-view.ts')).renderStatus
    case 'doctor':
      return (await import('./doctor-view.ts')).renderDoctor
    default:
      return undefined
  }
}

/** The stream, with every known secret masked on its way out. Its size is read live. */
function cleaned(stream: OutStream, redaction: Redaction): OutStream {
  return {
    write: (text) => stream.write(redaction.clean(text)),
    get isTTY() {
      return stream.isTTY
    },
    get columns() {
      return stream.columns
    },
    get rows() {
      return stream.rows
    },
  }
}
