--- The words for how a point stands, and what they mean for the whole.
local states = {}

--- In the order in which they are told.
states.order = {
    "running", "ending", "converting", "pending", "prepared", "completed", "failed", "timeout", "out_of_memory",
    "refused", "cancelled", "preempted", "node_fail", "vanished", "unknown",
}

local final = {
    completed = true, failed = true, refused = true, cancelled = true, timeout = true, out_of_memory = true,
    node_fail = true, preempted = true, vanished = true,
}

--- Whether there is such a state.
---@param state string
---@return boolean
function states.known(state)
    for _, one in ipairs(states.order) do
        if one == state then return true end
    end
    return false
end

--- Whether nothing more will happen.
---@param state string
---@return boolean
function states.is_final(state) return final[state] == true end

--- Whether it has ended otherwise than well.
---@param state string
---@return boolean
function states.is_failure(state) return final[state] == true and state ~= "completed" end

--- The words of a point's state for a line: `failed, exit code 1`.
---@param status table
---@return string
function states.words(status)
    if status.state == "failed" and status.code then return "failed, exit code " .. status.code end
    if status.state == "running" and status.node and status.node ~= "" then return "running on " .. status.node end
    if status.reason and status.reason ~= "" then return status.state .. " (" .. status.reason .. ")" end
    return (status.state:gsub("_", " "))
end

--- How many of each state: `running 4, completed 8`.
---@param counts table<string, integer>
---@return string
function states.summary(counts)
    local parts = {}
    for _, state in ipairs(states.order) do
        if (counts[state] or 0) > 0 then parts[#parts + 1] = state:gsub("_", " ") .. " " .. counts[state] end
    end
    return table.concat(parts, ", ")
end

return states
