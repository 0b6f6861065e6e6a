---@meta docksing.types.place
-- luacheck: ignore
--- Where jobs run: clusters, each with its store, and the Docker engine of this machine; and what they look at before.

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
