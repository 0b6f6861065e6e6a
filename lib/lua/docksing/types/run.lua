---@meta docksing.types.run
-- luacheck: ignore
--- Runs: how they stand, and what they bring back.

--- The words for how a run stands, as `run.state` gives them.
---@alias docksing.State
---| "prepared" # no job yet
---| "pending" # in the queue
---| "converting" # the job makes the image ready
---| "running"
---| "ending" # told to end
---| "completed" # exit code 0
---| "failed" # any other exit code
---| "refused" # the container never ran
---| "cancelled"
---| "timeout"
---| "out_of_memory"
---| "node_fail"
---| "preempted"
---| "vanished" # Slurm does not know it any more, and it left no last words
---| "unknown" # nobody could be asked

--- A run, on a cluster or on this machine. `tostring` says how it stands, `==` compares host and id.
---
--- ```lua
--- print(run)
--- print(run.id, run.state, run.code)
--- ```
---@class docksing.Run
---@field id string the job id, or the container's id
---@field name string for people: `job 12`, `container 3f2a…`
---@field dir string the run directory
---@field host string where it runs; `local` for this machine
---@field resumed boolean whether it was there before
---@field held boolean whether it ends when this program does: `docksing: {launcher: srun}`
---@field fetchable boolean whether this machine knows the folders of its binds: it submitted the run, or has its config
---@field state docksing.State asked anew each time, until it is final
---@field finished boolean whether nothing more will happen
---@field code integer? the exit code; nil while it goes on
local Run = {}

--- For a loop: the lines of the log from the first one on, as they come, each with its stream, to the end of the run. The
--- loop may be in a coroutine, and be left at any time; the run goes on.
---
--- ```lua
--- for line, stream in run:lines() do print(stream, line) end
--- ```
---@param options? docksing.LinesOptions
---@return fun(): string?, "stdout"|"stderr"|nil lines
function Run:lines(options) end

--- Waits for the end, for at most `timeout` seconds if that is given. When the time is up, that is no error: there is no
--- code, and the state is the one at that time.
---
--- ```lua
--- local code, state = run:wait { timeout = 60 }
--- print(code and "it ended with " .. code or "it is still " .. state)
--- ```
---@param options? docksing.WaitOptions
---@return integer? code nil when it goes on, or the state could not be learnt
---@return docksing.State state
function Run:wait(options) end

--- How it stands now, without waiting: what `wait` gives when there is no time to wait.
---
--- ```lua
--- local code, state = run:poll()
--- print(code, state)
--- ```
---@return integer? code nil while it goes on
---@return docksing.State state
function Run:poll() end

--- How it stands now, with all that is known.
---
--- ```lua
--- local status = run:status()
--- print(status.state, status.node, status.code, status.code_of)
--- ```
---@return docksing.Status status
function Run:status() end

--- Shows its news while you do something else: each new state, and with `log` each line of its log, as it comes. At the
--- prompt they appear above what you type. Returns at once; watching ends with the run or the program.
---
--- ```lua
--- run:watch { log = true }
--- ```
---@param options? docksing.WatchOptions
function Run:watch(options) end

--- Asks for its end: scancel, or docker stop. Returns when that is done. A job or container that was cancelled is
--- `cancelled`, with 143.
---
--- ```lua
--- local long = hpc:submit(job:with { command = { "sleep", "60" } }, { again = true })
--- long:cancel()
--- print(long:wait())
--- ```
function Run:cancel() end

---@class docksing.FetchOptions
---@field into? string a folder that gets the results, each bind's in a folder of its name there; it need not exist
---@field only? string|string[] the files to fetch: patterns as in a .dockerignore, `*.csv` at the top of a bind's folder, `**/*.csv` anywhere in it

--- Brings back what it changed in its writable binds, also while it runs.
---
--- ```lua
--- for _, path in ipairs(run:fetch().fetched) do print(path) end
--- print(run:fetch "results")
--- run:fetch { into = "results", only = { "*.csv", "**/metrics.json" } }
--- ```
---@param into? string|docksing.FetchOptions a folder that gets the results, or options
---@return docksing.FetchReport report
function Run:fetch(into) end

--- What is known of a run at one moment.
---@class docksing.Status
---@field state docksing.State where it stands
---@field words string the state in a few words, for people: `running on n1`
---@field reason string? why it waits, in Slurm's word, or why it was refused
---@field node string? the node on which it runs or ran
---@field restarts integer how often Slurm has put it back into the queue
---@field code integer? the exit code, once it has ended
---@field code_of "job"|"docksing"|nil whose the code is: the container's own, or docksing-shell's for what befell it
---@field started number? when the container was started last, in seconds since 1970 by the clock there
---@field ended number? when it ended
---@field elapsed number? how many seconds it ran, once it has ended
---@field advice string? the next step, if there is one

--- What this machine remembers of a run.
---@class docksing.Record
---@field place string what `docksing.attach` takes: `user@host:/path/of/the/run`
---@field host string the login node as it was named; `local` for this machine
---@field dir string the run directory there
---@field id string? nil when the submission was interrupted
---@field image string the image as the config names it
---@field config string the config's file; empty for a run that was attached to by its directory
---@field submitted string when, in UTC: `2026-11-25T14:00:00Z`
---@field state docksing.State as it was last seen
---@field code integer? the exit code, if the end was seen

--- What a fetch brought; `tostring` says it in sentences.
---@class docksing.FetchReport
---@field fetched string[] the files that were added or replaced here
---@field kept {path: string, fetched_as: string}[] files that had changed here and stay, and where the run's are
---@field skipped {path: string, reason: string}[] what stays on the cluster, and why
---@field unfinished string[] of `fetched`, the files that were being written meanwhile, and may be incomplete
---@field passed_over integer how many changed files `only` does not name
