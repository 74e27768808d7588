with

reports as (

    select * from {{ ref('int_reports_versioned') }}

),

activity_types as (

    select * from {{ ref('activity_type') }}

),

duration_groups as (

    select * from {{ ref('duration_group') }}

),

current_reports as (

    select * from reports
    where row_status = 'current'

),

years as (

    select
        *,
        {{ year_of('start_date') }} as departure_year,
        {{ call_year_of('project_code') }} as call_year
    from current_reports

),

final as (

    select
        years.*,
        years.{{ 'call_year' if var('year_rule') == 'call' else 'departure_year' }} as year,
        case when years.is_combined then 'combined' else activity_types.purpose_key end as purpose_key,
        -- The study's regressions know one teaching dummy, which includes the combined stays.
        years.is_combined or activity_types.purpose_key = 'teaching' as is_teaching,
        outcome_groups.duration_group,
        distribution_bins.duration_group as duration_bin

    from years
    left join activity_types on years.activity_type = activity_types.activity_type
    left join duration_groups as outcome_groups
        on outcome_groups.grouping = 'outcome'
        and years.duration_days >= outcome_groups.from_days
        and (years.duration_days <= outcome_groups.to_days or outcome_groups.to_days is null)
    left join duration_groups as distribution_bins
        on distribution_bins.grouping = 'distribution'
        and years.duration_days >= distribution_bins.from_days
        and (years.duration_days <= distribution_bins.to_days or distribution_bins.to_days is null)

)

select * from final
