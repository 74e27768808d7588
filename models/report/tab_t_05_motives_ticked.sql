with

reports as (

    select * from {{ ref('mart_motives__report') }}

),

final as (

    select
        {{ exact_sum('n_participants') }} as n_reports,
        {{ exact_sum('case when n_motives_ticked is not null then n_participants else 0 end') }} as n_answered_reports,
        {{ exact_sum('case when n_motives_ticked is null then n_participants else 0 end') }} as n_unanswered_reports,
        {{ exact_sum('case when n_motives_ticked = 0 then n_participants else 0 end') }} as n_reports_without_motive,
        {{ exact_weighted_mean('n_motives_ticked', 'n_participants') }} as mean_motives_ticked

    from reports
    -- No row without reports.
    having sum(n_participants) is not null

)

select * from final
