with

withdrawn as (

    select
        extract_id,
        count(*) as n_reports
    from {{ ref('mart_quality__extract_difference') }}
    where report_change = 'withdrawn'
    group by extract_id

),

held_before as (

    select
        extract_id,
        sum(n_previous_reports) as n_reports
    from {{ ref('mart_quality__extract_year') }}
    group by extract_id

)

select
    withdrawn.extract_id,
    withdrawn.n_reports as n_withdrawn_reports,
    held_before.n_reports as n_previous_reports
from withdrawn
inner join held_before on withdrawn.extract_id = held_before.extract_id
where withdrawn.n_reports > {{ var('withdrawn_max_share') }} * held_before.n_reports
