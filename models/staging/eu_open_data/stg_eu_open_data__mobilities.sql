with

source as (

    select * from {{ source('eu_open_data', 'eu_open_data__mobility') }}
    {{ only_extracts_as_of() }}

),

cleaned as (

    select
        _extract_id as extract_id,
        _row_number as row_number,
        {{ open_data_text('project_code') }} as project_code,
        {{ open_data_text('academic_year') }} as academic_year,
        {{ open_data_text('start_month') }} as start_month,
        {{ open_data_text('duration_days') }} as duration_days,
        {{ open_data_text('activity') }} as activity,
        {{ open_data_text('field') }} as field,
        {{ open_data_text('participant_profile') }} as participant_profile,
        {{ open_data_text('sending_country') }} as sending_country,
        {{ open_data_text('sending_erasmus_code') }} as sending_erasmus_code,
        {{ open_data_text('sending_name') }} as sending_name,
        {{ open_data_text('receiving_country') }} as receiving_country,
        {{ open_data_text('participants') }} as participants
    from source

),

-- The number of persons that a row stands for: a whole number, or a row that quality_open_data_weights lists.
counted as (

    select
        *,
        case
            when participants is null then 'missing'
            when not regexp_matches(participants, '^-?[0-9]{1,9}(\.[0-9]+)?$') then 'unreadable'
            when cast(participants as decimal(18, 6)) < 1 then 'below_one'
            when cast(participants as decimal(18, 6)) <> round(cast(participants as decimal(18, 6)), 0) then 'fraction'
            else 'whole'
        end as participants_check
    from cleaned

),

renamed as (

    select
        -- ids
        extract_id,
        row_number,
        project_code,
        split_part(project_code, '-', 4) as key_action,

        -- sender and receiver
        {{ open_data_country('sending_country') }} as sending_country,
        {{ normalise_erasmus_code('sending_erasmus_code') }} as sending_erasmus_code,
        sending_name,
        -- Letters that were lost before the file was published show as U+FFFD or as a question mark.
        coalesce(strpos(sending_name, chr(65533)) > 0 or strpos(sending_name, '?') > 0, false) as has_damaged_name,
        {{ open_data_country('receiving_country') }} as receiving_country,

        -- stay
        field as education_sector,
        lower(participant_profile) as participant_profile,
        activity as activity_text,
        case when regexp_matches(activity, '^HE-[A-Z0-9-]+( - |$)') then split_part(activity, ' - ', 1) end as activity_code,
        -- 2020-2021 or 2020-21
        case
            when regexp_matches(academic_year, '^[0-9]{4}-[0-9]{2}([0-9]{2})?$')
                then substr(academic_year, 1, 4) || '-' || cast(cast(substr(academic_year, 1, 4) as integer) + 1 as {{ dbt.type_string() }})
        end as academic_year,

        -- measures
        participants as participants_text,
        participants_check,
        cast(
            case
                when participants_check in ('whole', 'fraction') then round(cast(participants as decimal(18, 6)), 0)
                -- A row without a usable number stands for one person: it would not be there for nobody.
                else 1
            end as integer
        ) as n_participants,
        -- Published is the later date minus the earlier one; stays are counted with their first and last day.
        case
            when regexp_matches(duration_days, '^[0-9]{1,5}$') then cast(duration_days as integer) + {{ var('open_data_days_added') }}
        end as duration_days,

        -- dates
        case
            when regexp_matches(start_month, '^[0-9]{4}[-/](0[1-9]|1[0-2])([-/].*)?$')
                then cast(substr(start_month, 1, 4) || '-' || substr(start_month, 6, 2) || '-01' as date)
        end as start_month

    from counted

)

select * from renamed
