import type { Finding } from '../plan/step.ts'

/** A tool of the plan and the one of the same name that a terminal would start. */
export interface ToolOnPath {
  readonly tool: string
  /** The one devk8s uses. */
  readonly program: string
  readonly version: string
  readonly onPath?: { readonly program: string; readonly version?: string }
}

/** Never a reason to stop: devk8s keeps its own tools beside whatever is installed. It says what else there is. */
export function checkTools(tools: readonly ToolOnPath[]): Finding {
  const others = tools.flatMap(({ tool, program, version, onPath }) =>
    onPath === undefined || onPath.program === program ? [] : [{ tool, uses: version, ...onPath }],
  )
  const detail = Object.fromEntries(
    others.map(({ tool, program, version }) => [tool, { program, version: version ?? null }]),
  )
  const notes = others.flatMap(({ tool, program, version, uses }) =>
    version === undefined || version === uses
      ? []
      : [
          {
            level: 'info',
            text: `${program} is ${tool} ${version}; devk8s uses its own ${uses} and leaves yours alone.`,
          } as const,
        ],
  )
  return { state: 'ready', detail, ...(notes.length > 0 && { notes }) }
}
