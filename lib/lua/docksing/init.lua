--- docksing: from Docker on this machine to Slurm and Apptainer on a cluster.
---
---     local docksing = require "docksing"
---     local job = docksing.load "config.yaml"
---     local run = docksing.connect "me@hpc":submit(job)
---     for line in run:lines() do print(line) end
local native = require "docksing.native"

---@class docksing
local docksing = {
    --- The version of docksing-shell.
    ---@type string
    version = native.version,
    --- YAML's null, where nil would mean "absent": `job.container.environment.DEBUG = docksing.null`.
    null = native.null,
}

--- Reads a config file.
---@param path string
---@return docksing.Job job raises an error with all mistakes of the file, each with its line
function docksing.load(path)
    return native.load(path)
end

--- Makes a job from a table that has the shape of a config file. Keys are taken in alphabetical order.
---@param config table
---@return docksing.Job
function docksing.job(config)
    return native.job(config)
end

--- Connects to a cluster's login node, over SSH as the user's ssh_config says.
---@param destination string `user@host`, or a Host of ssh_config
---@param options? docksing.ConnectOptions
---@return docksing.Cluster
function docksing.connect(destination, options)
    return native.connect(destination, options)
end

--- This machine's Docker engine, with the same methods as a cluster.
---@param options? {timeout?: number}
---@return docksing.Engine
function docksing.engine(options)
    return native.engine(options)
end

--- Starts a job on this machine's Docker engine.
---@param job docksing.Job
---@param options? {again?: boolean, timeout?: number}
---@return docksing.Run
function docksing.run(job, options)
    return native.engine(options):submit(job, options)
end

--- The runs that were started from this machine, or attached to, the newest first; asks nobody. What is said of a run is what was
--- last seen from here.
---@return docksing.Record[]
function docksing.runs()
    return native.runs()
end

-- The connections that attach made: runs on one host share one.
local clusters = setmetatable({}, { __mode = "v" })

--- Takes up a run by its place, `user@host:path/of/the/run`, or by what runs() says of it; any machine may have submitted it.
---@param place string|docksing.Record
---@param options? docksing.ConnectOptions
---@return docksing.Run
function docksing.attach(place, options)
    local host, directory = native.place(type(place) == "table" and place.place or place)
    if host == "local" then return native.engine(options):attach(directory) end
    local cluster = clusters[host] or native.connect(host, options)
    clusters[host] = cluster
    return cluster:attach(directory)
end

--- For a loop: the lines of many runs as they come, each with its run, until the last of them has ended. Runs on one connection
--- share one helper there, which asks Slurm once for all of them.
---@param runs docksing.Run[]
---@param options? docksing.FollowOptions
---@return fun(): docksing.Run?, string?, "stdout"|"stderr"|nil
function docksing.follow(runs, options)
    return native.follow(runs, options)
end

--- Whether one of this program's standard streams is a terminal.
---@param stream "stdin"|"stdout"|"stderr"
---@return boolean
function docksing.is_terminal(stream)
    return native.terminal(stream)
end

return docksing
