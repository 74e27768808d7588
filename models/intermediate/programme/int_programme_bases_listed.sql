with

periods as (

    select * from {{ ref('programme_period') }}

),

own as (

    select
        programme_period,
        'own_period' as projection_method,
        programme_period as reference_period
    from periods

),

-- The period whose calls ended last before those of this one began.
previous as (

    select
        periods.programme_period,
        earlier.programme_period as reference_period
    from periods
    inner join periods as earlier on periods.first_call_year > earlier.last_call_year
    qualify row_number() over (partition by periods.programme_period order by earlier.last_call_year desc) = 1

),

final as (

    select
        programme_period,
        projection_method,
        reference_period
    from own

    union all

    select
        programme_period,
        'with_previous_period' as projection_method,
        programme_period as reference_period
    from periods

    union all

    select
        programme_period,
        'with_previous_period' as projection_method,
        reference_period
    from previous

)

select * from final
