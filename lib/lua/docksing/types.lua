---@meta docksing.types
-- luacheck: ignore
--- The types of docksing-shell's objects: read by lua-language-server, by the prompt's `help`, and by
--- tools/reference.lua, which writes the reference in docs/lua.md; never loaded. The objects themselves are in
--- Sources/docksing-shell/API; a test holds this page to them. Every function and method that fails raises a docksing.Error.
---
--- Points and sweeps have a page of their own, types/sweeps.lua.
---
--- Examples are run by the tests. In them `job` is a job, `hpc` a cluster, `run` a run of the job there.

---@class docksing.ConnectOptions
---@field timeout? number how many seconds the Docker engine may stay silent; 60 by default
---@field progress? boolean|fun(event: docksing.Progress) false keeps the news of pushes and fetches from stderr; a function gets it instead
---@field transport? "auto"|"libssh2"|"ssh" the way there: the system's `ssh`, or libssh2; by itself `ssh` where libssh2 can't

---@class docksing.Progress News of a push or a fetch. An error in the function ends the step.
---@field kind string `step`, `note`, `bytes` (of what goes over), `layer` (one has gone over), `sent` (all has)
---@field text? string of a step or note: a sentence
---@field what? string what goes over: the image, or a folder
---@field done? integer of `bytes`: how many so far
---@field total? integer of `bytes`: how many in all, once that is known
---@field number? integer of `layer`: which one of those that this push sends
---@field count? integer of `layer`: how many those are
---@field bytes? integer of `layer`: its size
---@field sent? integer of `sent`: how many bytes went over
---@field seconds? number of `sent`: how long it took

---@class docksing.EngineOptions
---@field timeout? number how many seconds the Docker engine may stay silent; 60 by default

---@class docksing.RunOptions
---@field again? boolean run in the next free `remotedir-2`, `-3` … when `remotedir` is taken
---@field running? integer of a sweep: how many points may run at a time; 1 by default
---@field recompute? boolean of a sweep: run also what has been finished there
---@field timeout? number how many seconds the Docker engine may stay silent; 60 by default

---@class docksing.LinesOptions
---@field keep? boolean true leaves the line ends on
---@field partial? boolean true gives what comes as it comes, with line ends, lines or not: progress bars move
---@field tail? integer how many lines of each stream, from its end, to begin with
---@field state? fun(words: string, advice: string?) called with a few words whenever the state changes, and with the next step if there is one

---@class docksing.FollowOptions
---@field keep? boolean true leaves the line ends on
---@field tail? integer how many lines of each stream, from its end, to begin with
---@field state? fun(run: docksing.Run, words: string, advice: string?) called whenever the state of a run changes

---@class docksing.WaitOptions
---@field timeout? number how many seconds to wait at most

---@class docksing.WatchOptions
---@field log? boolean true shows the log, too

---@class docksing.SubmitOptions
---@field again? boolean run in the next free `remotedir-2`, `-3` … when `remotedir` is taken
---@field verify? boolean on a cluster, reads what is there of the image first and sends again what was damaged

--- A job: the config's document, to read and change. Every key of the file is a field; lists and mappings write through.
--- `pairs(job)` has the order of the file, `==` compares what is in it, `tostring(job)` is YAML.
---
--- ```lua
--- job.slurm.time = "1:00:00"
--- job.container.environment.LR = 0.1
--- print(job)
--- ```
---@class docksing.Job
---@field remotedir string the run directory on the cluster
---@field slurm docksing.Config options of srun and sbatch
---@field container docksing.Config one service of the compose specification
---@field docksing? docksing.Config settings of ours
---@field [string] any
local Job = {}

--- An independent copy with changes: mappings are merged key by key, everything else is replaced. Keys that are no
--- chapter belong to the container.
---
--- ```lua
--- local hot = job:with { environment = { LR = 1 }, remotedir = job.remotedir .. "-hot" }
--- print(hot.container.environment.LR, hot == job)
--- ```
---@param changes table
---@return docksing.Job
function Job:with(changes) end

--- The command for local Docker; needs no engine. With `notation = "docksing"`: the line as DockSing prints it.
---
--- ```lua
--- print(job:docker())
--- print(job:docker().argv[1])
--- ```
---@param options? {notation?: "exact"|"docksing"}
---@return docksing.Command|string
function Job:docker(options) end

--- The submission for a cluster that is not asked; asks the engine for the image. With `notation = "docksing"`: the
--- line as DockSing prints it.
---
--- ```lua
--- print(job:srun { notation = "docksing" })
--- ```
---@param options? {notation?: "exact"|"docksing"}
---@return docksing.Command|string
function Job:srun(options) end

--- A list or a mapping in a job: `#`, `pairs`, `==`, indexing and assignment work; `tostring` is YAML. Assigning nil
--- removes, docksing.null is YAML's null. `container.environment` is names and values whichever form the file used.
---
--- ```lua
--- for option, value in pairs(job.slurm) do print(option, value) end
--- print(#job.container.command)
--- ```
---@class docksing.Config
---@field [string|integer] any

--- A command; `tostring` and `..` give text to paste into a shell, `==` compares it.
---
--- ```lua
--- print("now: " .. job:docker())
--- ```
---@class docksing.Command
---@field argv string[] its words, a new list each time
---@operator concat(string): string

--- A cluster's login node, from `docksing.connect`. The end of a block with `local hpc <close>` ends the connection.
---
--- ```lua
--- print(hpc.host, hpc)
--- ```
---@class docksing.Cluster
---@field host string as it was named
local Cluster = {}

--- Sends the image and the binds, and starts nothing.
---
--- ```lua
--- local push = hpc:push(job:with { remotedir = job.remotedir .. "-pushed" })
--- print(push.dir, push.sent, push.image_was_there)
--- ```
---@param job docksing.Job
---@param options? docksing.SubmitOptions
---@return {dir: string, sent: integer, image_was_there: boolean} push the run directory there; the bytes sent
function Cluster:push(job, options) end

--- Pushes what is missing and submits. A live job of the same submission is taken up, not doubled (`run.resumed`).
---
--- ```lua
--- local run = hpc:submit(job, { again = true })
--- print(run.name, run.dir)
--- ```
---@param job docksing.Job
---@param options? docksing.SubmitOptions
---@return docksing.Run
function Cluster:submit(job, options) end

--- Submits points as arrays, one for all that ask Slurm for the same: what `hpc:submit(sweep)` does with a sweep's points. A point is
--- `{ name=, job=, environment=, command=, parameters=, slurm= }`, of which `name` and `job` must be there; `parameters` is a JSON text.
---
--- ```lua
--- local points = hpc:submit_points({ { name = "A=1", job = job, environment = { A = "1" } } }, { again = true })
--- print(#points, points.dir)
--- ```
---@param points table[]
---@param options? docksing.PointsOptions
---@return docksing.Points points
function Cluster:submit_points(points, options) end

--- What the submission of these points into a new run directory would do there, as a shell script; sends and makes nothing.
---
--- ```lua
--- print(hpc:exact_points { { name = "A=1", job = job, environment = { A = "1" } } })
--- ```
---@param points table[] as for `submit_points`
---@param options? docksing.PointsOptions
---@return string script
function Cluster:exact_points(points, options) end

--- Takes up a run: the newest of a job (with `again`, the last of `remotedir-2`, `-3` …), or the one in a directory there,
--- which any machine may have submitted. To fetch, attach by
--- the job where binds have relative paths: what those are relative to is not known there.
---
--- ```lua
--- print(hpc:attach(run.dir) == run)
--- ```
---@param run docksing.Job|string
---@return docksing.Run
function Cluster:attach(run) end

--- What is in the store on the cluster, that used last first. It prints as a table.
---
--- ```lua
--- for _, item in pairs(hpc:store(job)) do print(item.kind, item.bytes, item.needed_by) end
--- ```
---@param job? docksing.Job one whose store it is; without it that of runs in the home folder, where no config names another
---@return docksing.Store store
function Cluster:store(job) end

---@class docksing.PruneOptions
---@field older? string how long it must have been unused: minutes, hours, days or weeks, as `12h`; `30d` by default
---@field dry? boolean whether nothing is removed, and only said what would be
---@field job? docksing.Job one whose store it is

--- Frees space in the store: removes what was not used for so long. What a queued or running job needs, or a run that was
--- prepared and not submitted yet, stays. Gives what was removed.
---
--- ```lua
--- print(hpc:prune { older = "30d", dry = true, job = job }.bytes)
--- ```
---@param options? docksing.PruneOptions
---@return docksing.Store removed
function Cluster:prune(options) end

--- What submit would submit, with the facts of this image and host; sends and makes nothing.
---
--- ```lua
--- print(hpc:exact(job))
--- ```
---@param job docksing.Job
---@return docksing.Command
function Cluster:exact(job) end

--- Looks at all that the job needs, here and there, and submits nothing; a step of some seconds on a compute node finds out what
--- runs containers there.
---
--- ```lua
--- local checks = hpc:check(job)
--- for _, check in ipairs(checks) do print(check.ok, check.name, check.detail, check.advice) end
--- print(checks.ok)
--- ```
---@param job docksing.Job
---@return docksing.Checks checks
function Cluster:check(job) end

--- Ends the connection; runs go on.
---
--- ```lua
--- local other = docksing.connect(hpc.host)
--- other:close()
--- ```
function Cluster:close() end

--- What is in the store of a cluster, or was removed from it: a list of items, that used last first, which prints as a table.
---
--- ```lua
--- local store = hpc:store(job)
--- print(store.path, store.bytes, #store, store[1] and store[1].kind)
--- ```
---@class docksing.Store
---@field path string the store's folder there
---@field bytes integer what all of it takes

--- Something in a store.
---@class docksing.StoreItem
---@field kind "layer"|"sif"|"archive"|"tree"|"part" a layer of images; an image that was converted, or is to be; the source of a bind; something in the making
---@field name string its name there, most often a digest
---@field bytes integer what it takes on the disk; what several share is counted with the one used last
---@field used integer when it was used last, in seconds since 1970, as os.date takes it
---@field needed_by string? who needs it: `job 12`, or `prepared`

--- This machine's Docker engine, from `docksing.engine`.
---
--- ```lua
--- print(docksing.engine().host)
--- ```
---@class docksing.Engine
---@field host "local" as a cluster's host
local Engine = {}

--- Starts a labelled container and returns; its log goes to `stdout.txt` and `stderr.txt` in the run directory.
---
--- ```lua
--- print(docksing.engine():submit(job, { again = true }):wait())
--- ```
---@param job docksing.Job
---@param options? docksing.SubmitOptions
---@return docksing.Run
function Engine:submit(job, options) end

--- Looks at what the job needs on this machine: the engine, the image, the sources of the binds.
---
--- ```lua
--- print(docksing.engine():check(job).ok)
--- ```
---@param job docksing.Job
---@return docksing.Checks checks
function Engine:check(job) end

--- Takes up the container that was started for the job's run directory.
---
--- ```lua
--- local here = job:with { remotedir = job.remotedir .. "-here" }
--- print(docksing.engine():submit(here, { again = true }):wait())
--- print(docksing.engine():attach(here).state)
--- ```
---@param job docksing.Job|string the job, or the absolute path of its run directory
---@return docksing.Run
function Engine:attach(job) end

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
---@field fetchable boolean whether the folders of its binds are on this machine
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
--- run:fetch { into = "results", only = { "*.csv", "**/metrics.json" } }
--- ```
---@param options? docksing.FetchOptions
---@return docksing.FetchReport report
function Run:fetch(options) end

--- What was looked at before a submission: a list of checks, in order.
---@class docksing.Checks
---@field ok boolean whether nothing is wrong
---@field [integer] docksing.Check

--- One thing that a job needs.
---@class docksing.Check
---@field name string what was looked at: `image`, `queue` …
---@field ok boolean? nil when it could not be found out
---@field detail string what was found
---@field advice string? the next step, where something is wrong

--- What is known of a run at one moment.
---@class docksing.Status
---@field state docksing.State where it stands
---@field words string the state in a few words, for people: `running on n1`
---@field reason string? why it waits, in Slurm's word, or why it was refused
---@field node string? the node on which it runs or ran
---@field restarts integer how often Slurm has put it back into the queue
---@field code integer? the exit code, once it has ended
---@field code_of "job"|"docksing"|nil whose the code is: the container's own, or docksing-shell's for what befell it
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

--- What a fetch brought.
---@class docksing.FetchReport
---@field fetched string[] the files that were added or replaced here
---@field kept {path: string, fetched_as: string}[] files that had changed here and stay, and where the run's are
---@field skipped {path: string, reason: string}[] what stays on the cluster, and why
---@field unfinished string[] of `fetched`, the files that were being written meanwhile, and may be incomplete
---@field passed_over integer how many changed files `only` does not name

--- Anything that went wrong; `tostring` is the sentence with the next step. A job that ran and failed is not an error.
---
--- ```lua
--- local ok, err = pcall(docksing.load, "nonesuch.yaml")
--- print(ok, err.kind, err.code, err.hint)
--- ```
---@class docksing.Error
---@field kind "usage"|"config"|"docker"|"image"|"ssh"|"hostKey"|"login"|"slurm"|"runtime"|"runDirectory"|"transfer"|"store"|"local"|"interrupted"|"error" what went wrong, coarsely
---@field message string the sentence
---@field hint string? the next step
---@field position string where the script called what failed, `sweep.lua:3`; empty when no script did
---@field host string? where it happened, when not on this machine
---@field code integer the exit code for a program that ends with it: 2, 130 or 125
---@operator concat(string): string
