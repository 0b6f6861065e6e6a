local native = require "docksing.native"

--- From Docker on this machine to Slurm and Apptainer on a cluster: a global, and a module.
---
--- ```lua
--- local docksing = require "docksing"
--- print(docksing.version)
--- ```
---@class docksing
---@field version string the version of docksing-shell
---@field space docksing.space the module with sets of points for sweeps
---@field null userdata YAML's null, where nil would mean "absent": `job.container.environment.DEBUG = docksing.null`
local docksing = {
    version = native.version,
    null = native.null,
}

--- Reads a config file, or several, of which the later ones count more, by compose's rules for merging. The error names
--- all mistakes, each with its line. The options count more than the files.
---
--- ```lua
--- local job = docksing.load "color.yaml"
--- local long = docksing.load("color.yaml", { slurm = { time = 60 }, set = { ["container.environment.LR"] = 0.1 } })
--- ```
---@param path string|string[]
---@param options? docksing.LoadOptions
---@return docksing.Job job
function docksing.load(path, options)
    return native.load(path, options)
end

--- Makes a job from a table that has the shape of a config file. Keys are taken in alphabetical order.
---
--- ```lua
--- local job = docksing.job {
---     remotedir = "runs/hello",
---     slurm = { time = 10 },
---     container = { image = "alpine:latest", command = { "echo", "hello" } },
--- }
--- ```
---@param config table
---@return docksing.Job job
function docksing.job(config)
    return native.job(config)
end

--- A value of a config as the file writes it, which is what the container gets: `1.50` or `010`, where the field itself
--- is the number 1.5 or 10. Nil for what is no text, number or boolean. Assigning a field the value that it has keeps
--- its text.
---
--- ```lua
--- print(docksing.text(job.container.environment, "VALUE"))
--- ```
---@param part table a mapping or list of a job
---@param key string|integer
---@return string? text
function docksing.text(part, key)
    return native.text(part, key)
end

--- Connects to a cluster's login node, over SSH as your ssh_config says.
---
--- ```lua
--- local hpc <close> = docksing.connect("alice@lab", { progress = false })
--- print(hpc.host)
--- ```
---@param destination string `user@host`, or a Host of ssh_config
---@param options? docksing.ConnectOptions
---@return docksing.Cluster hpc
function docksing.connect(destination, options)
    return native.connect(destination, options)
end

--- This machine's Docker engine, with the same methods as a cluster.
---
--- ```lua
--- local here = docksing.engine()
--- print(here.host)
--- ```
---@param options? docksing.EngineOptions
---@return docksing.Engine engine
function docksing.engine(options)
    return native.engine(options)
end

--- Starts a job, or a sweep, on this machine's Docker engine: a sweep's points one after the other, or as many at a
--- time as `running` says, before the same sweep goes to a cluster.
---
--- ```lua
--- print(docksing.run(job, { again = true }):wait())
--- ```
---@param job docksing.Job|docksing.Sweep
---@param options? docksing.RunOptions
---@return docksing.Run|docksing.SweepRun run
function docksing.run(job, options)
    local engine = docksing.engine { timeout = options and options.timeout }
    local meta = type(job) == "table" and getmetatable(job)
    if meta and meta.__submit then
        return meta.__submit(job, engine, options)
    end
    if type(job) == "table" then
        require "docksing.fail" ("docksing.run takes a job or a sweep, not a table; make one with docksing.job or "
            .. "docksing.sweep")
    end
    return engine:submit(job, options)
end

--- Makes a sweep: a job, and points at which to try it. Parameters become environment variables of their names.
---
--- ```lua
--- local sweep = docksing.sweep {
---     name = "rates", job = job, grid = { LR = { 0.1, 0.01 }, SEED = docksing.range(1, 3) },
---     slurm = function(p) return { mem = p.LR < 0.05 and "2G" or "1G" } end,
--- }
--- print(sweep)
--- ```
---@param spec docksing.SweepOptions
---@return docksing.Sweep sweep
function docksing.sweep(spec)
    return require "docksing.sweep"(spec)
end

--- The numbers from one to another, as a list for a grid.
---
--- ```lua
--- print(#docksing.range(1, 5), table.concat(docksing.range(0, 1, 0.25), " "))
--- ```
---@param first number
---@param last number included, if the steps lead there
---@param step? number 1 by default
---@return number[] values
function docksing.range(first, last, step)
    return require "docksing.range"(first, last, step)
end

--- The runs that were started from this machine, or attached to, the newest first. It asks nobody: what is said of a
--- run is what was last seen from here. It prints as a table. The file is `~/.local/state/docksing-shell/index.sqlite`
--- (`$XDG_STATE_HOME`).
---
--- ```lua
--- print(docksing.runs())
--- for _, record in ipairs(docksing.runs()) do print(record.place, record.id, record.state) end
--- ```
---@return docksing.Record[] records
function docksing.runs()
    return require "docksing.listed".records(native.runs())
end

-- The connections that attach made: runs on one host share one.
local clusters = setmetatable({}, { __mode = "v" })

--- Takes up a run by its place, `user@host:path/of/the/run`, or by what `docksing.runs` says of it; any machine may
--- have submitted it.
---
--- ```lua
--- print(docksing.attach(hpc.host .. ":" .. run.dir).state)
--- ```
---@param place string|docksing.Record
---@param options? docksing.ConnectOptions
---@return docksing.Run|docksing.SweepRun run
function docksing.attach(place, options)
    local host, directory = native.place(type(place) == "table" and place.place or place)
    if host == "local" then
        local rehearsal = require "docksing.sweep.rehearsal".attach(directory)
        if rehearsal then return require "docksing.sweep.run".new(rehearsal) end
        return native.engine(options):attach(directory)
    end
    local cluster = clusters[host] or native.connect(host, options)
    clusters[host] = cluster
    return cluster:attach(directory)
end

--- For a loop: the lines of many runs as they come, each with its run, until the last of them has ended. Runs on one
--- connection share one helper there, which asks Slurm once for all of them.
---
--- ```lua
--- for which, line, stream in docksing.follow { run } do print(which.name, stream, line) end
--- ```
---@param runs docksing.Run[]
---@param options? docksing.FollowOptions
---@return fun(): docksing.Run?, string?, "stdout"|"stderr"|nil lines
function docksing.follow(runs, options)
    return native.follow(runs, options)
end

--- Whether one of this program's standard streams is a terminal.
---
--- ```lua
--- print(docksing.is_terminal "stdout")
--- ```
---@param stream "stdin"|"stdout"|"stderr"
---@return boolean is
function docksing.is_terminal(stream)
    return native.terminal(stream)
end

--- Waits for the first of several runs that has news: a state other than the one that you have seen last, by this
--- function or otherwise. Gives nil when `timeout` seconds have passed without news, and when there can be no more,
--- since all have ended and you know.
---
--- ```lua
--- for run, state in function() return docksing.select { run } end do
---     print(run.name, state)
--- end
--- ```
---@param runs docksing.Run[]
---@param options? docksing.WaitOptions
---@return docksing.Run? run
---@return docksing.State? state
function docksing.select(runs, options)
    return native.select(runs, options)
end

--- The manual, at the prompt also as `help`: `help()` is the first page, `help(hpc.submit)` is about a function,
--- `help(run)` about an object, `help "volumes"` about a key of the config, `help "prompt"` about typing.
---
--- ```lua
--- docksing.help(docksing.connect)
--- ```
---@param topic? any a function, an object, or a name
function docksing.help(...)
    require "docksing.help".show(...)
end

-- The functions themselves take the places of those above, so that a message about a wrong argument names the line of
-- the script and not one here.
for _, name in ipairs { "load", "job", "text", "connect", "engine", "follow", "select" } do
    docksing[name] = native[name]
end

-- What only sweeps need is loaded when one is made. Tab at the prompt runs no metamethod, and finds it by this list.
local modules = { space = "docksing.space" }
setmetatable(docksing, {
    __modules = modules,
    __index = function(_, key) return modules[key] and require(modules[key]) end,
})

return docksing
