---@meta docksing.types.job
-- luacheck: ignore
--- Jobs, their configs, and the commands that they are.

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

--- The login node of this config's newest run, as this machine's index has it; nil when it has none.
---
--- ```lua
--- print(job:host())
--- ```
---@return string? host
function Job:host() end

--- What there is to say about the job that is no mistake, as a submission says it.
---
--- ```lua
--- for _, warning in ipairs(job:warnings()) do print(warning) end
--- ```
---@param place? "cluster"|"local" where it is to run; a cluster by default
---@return string[] warnings
function Job:warnings(place) end

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
