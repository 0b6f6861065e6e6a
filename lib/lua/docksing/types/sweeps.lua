---@meta docksing.types.sweeps
-- luacheck: ignore
--- The types of sweeps that are not said where they are made. In examples `sweep` is a sweep,
--- `sweep_run` one that was submitted, and `points` what it is made of.

---@class docksing.PointsOptions
---@field name? string what the whole is called
---@field columns? string[] the names of the parameters, in the order of a table
---@field running? integer how many may run at a time
---@field again? boolean run in the next free `remotedir-2`, `-3` … when `remotedir` is taken
---@field recompute? boolean run also what has been finished there
---@field array_size? integer how many tasks an array has at most; by default what the site allows

--- Points that were submitted to a cluster, from `hpc:submit_points`: what the object of a sweep is made of. `#` counts them; they are
--- named by their places, from 1.
---
--- ```lua
--- print(points, points.host, points.dir)
--- ```
---@class docksing.Points
---@field host string where they are
---@field dir string the run directory
---@field ids string[] the ids of their arrays
---@field resumed boolean whether some of them were there before
---@field sweep string? what the whole is called
---@field columns string[] the names of the parameters in order, as they were given
local Points = {}

--- The points as they are recorded: `index`, `number`, `name` and `parameters`, a JSON text.
---
--- ```lua
--- for _, point in ipairs(points:list()) do print(point.index, point.number, point.name) end
--- ```
---@return table[] points
function Points:list() end

--- How all of them stand: one question.
---
--- ```lua
--- for _, status in ipairs(points:status()) do print(status.name, status.state) end
--- ```
---@return docksing.PointStatus[] list
function Points:status() end

--- Whether all have ended, and how many are in each state.
---
--- ```lua
--- print(points:poll())
--- ```
---@return boolean ended
---@return table<docksing.State, integer> counts
function Points:poll() end

--- Waits until all have ended, for at most `timeout` seconds; gives what `poll` gives.
---
--- ```lua
--- print(points:wait { timeout = 60 })
--- ```
---@param options? docksing.WaitOptions
---@return boolean ended
---@return table<docksing.State, integer> counts
function Points:wait(options) end

---@class docksing.PointsFollowOptions
---@field log? boolean false leaves the lines out
---@field tail? integer how many lines of each running point to begin with; of those that have ended, none

--- For a loop: what happens, in the order in which it comes, until all have ended: `index, "line", text, stream`, and
--- `index, "state", status`.
---
--- ```lua
--- for index, kind, what in points:follow() do print(index, kind, kind == "line" and what or what.state) end
--- ```
---@param options? docksing.PointsFollowOptions
---@return fun(): integer?, "line"|"state"|nil, string|docksing.PointStatus|nil, "stdout"|"stderr"|nil news
function Points:follow(options) end

--- A point's log, as it is now.
---
--- ```lua
--- print(points:log(1, "stdout"))
--- ```
---@param index integer
---@param stream? "stdout"|"stderr" stdout by default
---@param options? docksing.LogOptions
---@return string text
function Points:log(index, stream, options) end

--- Cancels points that have not ended.
---
--- ```lua
--- print(points:cancel { 1 })
--- ```
---@param indices? integer[]|integer all without it
---@return integer count how many that were
function Points:cancel(indices) end

---@class docksing.PointsRetryOptions
---@field slurm? table other Slurm options
---@field running? integer how many may run at a time

--- Runs again what has ended otherwise than well, under the same numbers.
---
--- ```lua
--- print(#points:retry(nil, { slurm = { mem = "100M" } }))
--- ```
---@param indices? integer[]|integer all without it
---@param options? docksing.PointsRetryOptions
---@return integer[] again the places of those that run again
function Points:retry(indices, options) end

---@class docksing.PointsFetchOptions
---@field into? string a folder that gets the results, those of a point in a folder of its name; below the bind's own without it
---@field only? string|string[] the files to fetch: patterns as in a .dockerignore
---@field points? integer[] the places of the points; all without it

--- Brings what they wrote into their output folders.
---
--- ```lua
--- print(#points:fetch { into = "results" }.fetched)
--- ```
---@param options? docksing.PointsFetchOptions
---@return docksing.FetchReport report
function Points:fetch(options) end

--- What is known of a point at one moment.
---@class docksing.PointStatus
---@field index integer its place
---@field number integer its number in the run directory
---@field name string its name
---@field state docksing.State where it stands
---@field words string the state in a few words
---@field reason string? why it waits, or why it was refused
---@field code integer? the exit code, once it has ended
---@field node string? where it runs or ran
---@field job string? the id of its task: `123_4`
---@field attempt integer how often it was submitted
---@field restarts integer how often Slurm has put it back into the queue
---@field started number? when, in seconds since 1970
---@field ended number? when, likewise
---@field elapsed number? how many seconds it ran
---@field memory integer? the most memory that it used, in bytes
---@field metrics string? what it measured, as it wrote it
---@field metrics_kind "json"|"csv"|nil what kind of text that is
---@field advice string? the next step, if there is one

---@class docksing.SweepOptions What a sweep is made of. Of the keys that give points there may be several: every point of one then goes with every point of the other. Functions get a point's parameters.
---@field job docksing.Job|string|table|fun(p: table): docksing.Job the job, or the name of its config, or a function that gives it
---@field name? string a name; it becomes the job's, and part of the run directory
---@field remotedir? string the run directory; by default the job's, with the name after it
---@field grid? table<string, any[]> every combination of these values
---@field zip? table<string, any[]> the first values of all, the second ones of all …
---@field list? table[] points one by one
---@field random? table<string, any> `count` points at random
---@field latin? table<string, any> a Latin hypercube of `count` points
---@field sobol? table<string, any> the first `count` points of a Sobol sequence
---@field csv? string a file whose first line names the parameters
---@field jsonl? string a file with a JSON object on each line
---@field points? docksing.Space|table[]|function a set of points, a list of them, or an iterator
---@field count? integer how many points random, latin and sobol give
---@field seed? integer for other ones; 1 by default
---@field order? string[] the parameters in order: the first changes slowest; the others follow in alphabetical order
---@field where? table<string, any>|fun(p: table): any only points for which it gives true, or with these values (a list: any of them); or a list of such conditions
---@field environment? table|false|fun(p: table): table other variables besides the parameters, or other texts for these; false for none at all
---@field command? string[]|fun(p: table): string[] another command; `{LR}` in it is the parameter, `${LR}` the shell's variable
---@field slurm? table|fun(p: table): table other Slurm options; a value may be a function of a point
---@field volumes? any[]|fun(p: table): any[] other binds
---@field image? string|fun(p: table): string another image
---@field outputs? string[] binds that are each point's own though they are not empty
---@field docksing? table other settings of the chapter docksing

---@class docksing.SweepSubmitOptions
---@field running? integer how many points may run at a time
---@field again? boolean run in the next free `remotedir-2`, `-3` … when `remotedir` is taken
---@field recompute? boolean run also what has been finished there
