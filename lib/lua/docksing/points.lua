---@meta

--- What the program itself gives to `docksing.sweep`: points as Slurm arrays. Scripts use sweeps, which are made of this; who
--- wants their own may use it as well.

--- A point as it is handed in. Many share a job, and those that ask Slurm for the same share an array.
---@class docksing.Point
---@field name string unique, and a good file name: its folder has it
---@field job docksing.Job
---@field environment? table<string, string|number|boolean> variables besides those of the job
---@field command? string[] instead of the job's
---@field parameters? string a JSON object on one line: kept, and given back
---@field slurm? table options instead of the job's

---@class docksing.PointsOptions
---@field running? integer how many may run at once; of several arrays each gets its part, and one at least
---@field again? boolean into the next free run directory
---@field recompute? boolean also what has completed
---@field array_size? integer how many tasks an array has at most; by default what the site allows
---@field name? string what people call the sweep
---@field columns? string[] the names of the parameters, in order

--- How a point stands.
---@class docksing.PointStatus
---@field index integer its place among the points that were handed in
---@field number integer its number in the run directory, which it keeps
---@field name string
---@field state docksing.State
---@field words string the state for people
---@field reason? string why it waits, or was refused
---@field code? integer the exit code, once it has ended
---@field node? string
---@field job? string its task: `12_4`
---@field attempt integer how often it was submitted
---@field restarts integer how often Slurm has put this attempt back into the queue
---@field started? number seconds since 1970
---@field ended? number
---@field elapsed? number seconds
---@field memory? integer bytes, where the node tells
---@field metrics? string a JSON object, or the header and the last row of a CSV file
---@field metrics_kind? "json"|"csv"
---@field advice? string

--- The points of a run directory. `#` is their count.
---@class docksing.Points
---@field host string
---@field dir string the run directory there
---@field ids string[] the job ids of its arrays
---@field resumed boolean whether some of the points were there before
---@field sweep? string what people call it
---@field columns string[] the names of the parameters, in order
local Points = {}

--- Who the points are.
---@return {index: integer, number: integer, name: string, parameters: string}[]
function Points:list() end

--- How they stand, with one question for all.
---@return docksing.PointStatus[]
function Points:status() end

--- Whether all have ended, and how many are in each state.
---@return boolean ended
---@return table<docksing.State, integer> counts
function Points:poll() end

--- Waits until all have ended.
---@param options? docksing.WaitOptions
---@return boolean ended
---@return table<docksing.State, integer> counts
function Points:wait(options) end

--- For a loop: `index, "line", text, stream` and `index, "state", status` as they come, until all have ended. With `tail` of those that run only
--- the last lines, and nothing of those that have ended.
---@param options? {log?: boolean, tail?: integer}
---@return fun(): integer?, "line"|"state"|nil, any, "stdout"|"stderr"|nil
function Points:follow(options) end

--- What a point has written so far.
---@param index integer
---@param stream? "stdout"|"stderr"
---@return string
function Points:log(index, stream) end

--- Asks Slurm to end those that have not ended.
---@param indices? integer[]|integer all by default
---@return integer count
function Points:cancel(indices) end

--- Runs those that have ended and not completed once more, under their numbers.
---@param indices? integer[]|integer all by default
---@param options? {slurm?: table, running?: integer}
---@return integer[] indices of those that run once more
function Points:retry(indices, options) end

--- Brings back what they wrote into the folders that are each point's own.
---@param options? {into?: string, only?: string|string[], points?: integer[]}
---@return docksing.Fetched
function Points:fetch(options) end

---@class docksing.Cluster
local Cluster = {}

--- Pushes what is missing once, and submits the points that were not submitted into this run directory before.
---@param points docksing.Point[]
---@param options? docksing.PointsOptions
---@return docksing.Points
function Cluster:submit_points(points, options) end

--- What a submission into a new run directory would do there, as a shell script.
---@param points docksing.Point[]
---@param options? docksing.PointsOptions
---@return string
function Cluster:exact_points(points, options) end
