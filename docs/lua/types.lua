---@meta docksing.types
--- The types of docksing-shell's objects, for lua-language-server; never loaded. The objects themselves are in
--- Sources/docksing-shell/API. Every function and method that fails raises a docksing.Error.

---@class docksing.ConnectOptions
---@field timeout? number how many seconds the Docker engine may stay silent; 60 by default
---@field progress? boolean false keeps the news of pushes and fetches from stderr

---@class docksing.SubmitOptions
---@field again? boolean run in the next free `remotedir-2`, `-3` … when `remotedir` is taken

--- A job: the config's document, to read and change. Every key of the file is a field; lists and mappings write through.
--- `pairs(job)` has the order of the file, `==` compares what is in it, `tostring(job)` is YAML.
---@class docksing.Job
---@field remotedir string the run directory on the cluster
---@field slurm docksing.Config options of srun and sbatch
---@field container docksing.Config one service of the compose specification
---@field docksing? docksing.Config settings of ours
---@field [string] any
local Job = {}

--- An independent copy with changes: mappings are merged key by key, everything else is replaced. Keys that are no
--- chapter belong to the container: `job:with { environment = { LR = 0.1 }, remotedir = "runs/lr-0.1" }`.
---@param changes table
---@return docksing.Job
function Job:with(changes) end

--- The command for local Docker; needs no engine. With `notation = "docksing"`: the line as DockSing prints it.
---@param options? {notation?: "exact"|"docksing"}
---@return docksing.Command|string
function Job:docker(options) end

--- The submission for a cluster that is not asked; asks the engine for the image. With `notation = "docksing"`: the
--- line as DockSing prints it.
---@param options? {notation?: "exact"|"docksing"}
---@return docksing.Command|string
function Job:srun(options) end

--- A list or a mapping in a job: `#`, `pairs`, `==`, indexing and assignment work; `tostring` is YAML. Assigning nil
--- removes, docksing.null is YAML's null. `container.environment` is names and values whichever form the file used.
---@class docksing.Config
---@field [string|integer] any

--- A command; `tostring` and `..` give text to paste into a shell, `==` compares it.
---@class docksing.Command
---@field argv string[] its words, a new list each time
---@operator concat(string): string

--- A cluster's login node. `local hpc <close> = docksing.connect "me@hpc"` ends the connection with the block.
---@class docksing.Cluster
---@field host string as it was named
local Cluster = {}

--- Sends the image and the binds, and starts nothing.
---@param job docksing.Job
---@param options? docksing.SubmitOptions
---@return {dir: string, sent: integer, image_was_there: boolean} push the run directory there; the bytes sent
function Cluster:push(job, options) end

--- Pushes what is missing and submits. A live job of the same submission is taken up, not doubled (`run.resumed`).
---@param job docksing.Job
---@param options? docksing.SubmitOptions
---@return docksing.Run
function Cluster:submit(job, options) end

--- Takes up a run: that of a job, or the one in a directory there, which any machine may have submitted.
---@param run docksing.Job|string
---@return docksing.Run
function Cluster:attach(run) end

--- What submit would submit, with the facts of this image and host; sends and makes nothing.
---@param job docksing.Job
---@return docksing.Command
function Cluster:exact(job) end

--- Ends the connection; runs go on.
function Cluster:close() end

--- This machine's Docker engine.
---@class docksing.Engine
---@field host "local"
local Engine = {}

--- Starts a labelled container and returns; its log goes to `stdout.txt` and `stderr.txt` in the run directory.
---@param job docksing.Job
---@param options? docksing.SubmitOptions
---@return docksing.Run
function Engine:submit(job, options) end

--- Takes up the container that was started for the job's run directory.
---@param job docksing.Job
---@return docksing.Run
function Engine:attach(job) end

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
---@class docksing.Run
---@field id string the job id, or the container's id
---@field name string for people: `job 12`, `container 3f2a…`
---@field dir string the run directory
---@field host string where it runs; `local` for this machine
---@field resumed boolean whether it was there before
---@field state docksing.State asked anew each time, until it is final
---@field finished boolean whether nothing more will happen
---@field code integer? the exit code; nil while it goes on
local Run = {}

--- For a loop: the lines of the log from the first one on, as they come, each with its stream, to the end of the run.
--- `keep`: with their line ends. `state`: called with a few words whenever the state changes.
---@param options? {keep?: boolean, state?: fun(words: string)}
---@return fun(): string?, "stdout"|"stderr"|nil
function Run:lines(options) end

--- Waits for the end.
---@return integer? code nil when the state could not be learnt
---@return docksing.State state
function Run:wait() end

--- Asks for its end: scancel, or docker stop. Returns when that is done.
function Run:cancel() end

--- Brings back what it changed in its writable binds.
---@return docksing.FetchReport report
function Run:fetch() end

--- What a fetch brought.
---@class docksing.FetchReport
---@field fetched string[] the files that were added or replaced here
---@field kept {path: string, fetched_as: string}[] files that had changed here and stay, and where the run's are
---@field skipped {path: string, reason: string}[] what stays on the cluster, and why

--- Anything that went wrong; `tostring` is the sentence with the next step. A job that ran and failed is not an error.
---@class docksing.Error
---@field kind "usage"|"config"|"docker"|"image"|"ssh"|"hostKey"|"login"|"slurm"|"runtime"|"runDirectory"|"transfer"|"store"|"local"|"interrupted"|"error"
---@field message string the sentence
---@field hint string? the next step
---@field host string? where it happened, when not on this machine
---@field code integer the exit code for a program that ends with it: 2, 130 or 125
---@operator concat(string): string
